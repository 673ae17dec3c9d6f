import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { type PackageName, packageNames, publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';
import { type WorkspaceCopy, workspaceCopy } from '../src/release/workspace-copy.ts';

type Versions = Readonly<Record<string, string>>;

const changed = 'refresh-scheduler';
const dependants: readonly string[] = ['token-manager', 'temporal-auth'];

/** The version after this one: for a correction, or for a change that breaks. */
function after(version: string, isBreaking: boolean): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (!isBreaking) return `${major}.${minor}.${patch + 1}`;
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}

await describeWith(
  ['verdaccio'],
  'a release of a package that others need, with a change that breaks',
  () => {
    let registry: Registry;
    let copy: WorkspaceCopy;
    let [before, now]: Versions[] = [];

    const currentVersions = async (): Promise<Versions> => {
      const versionOf = async (name: PackageName): Promise<[string, string]> => {
        const { version } = JSON.parse(await copy.read(`packages/${name}/package.json`)) as {
          version: string;
        };
        return [name, version];
      };
      return Object.fromEntries(await Promise.all(packageNames.map(versionOf)));
    };

    beforeAll(async () => {
      registry = await startRegistry();
      copy = await workspaceCopy(registry);
      await publishAll(registry);
      before = await currentVersions();
      await copy.change(`packages/${changed}/src/index.ts`, (text) => `${text}\n// Other names.\n`);
      await copy.change(`packages/${changed}/CHANGELOG.md`, (text) =>
        text.replace(/^(# .*\n)(?:\n## Unreleased\n)?/, '$1\n## Unreleased\n\n- Other names.\n'),
      );
      await copy.git('commit', '--quiet', '--all', '--message', `feat(${changed})!: other names`);
      await copy.run('nx', 'release', '--skip-publish');
      now = await currentVersions();
      await copy.publish();
    }, 300_000);
    afterAll(async () => {
      await copy[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    });

    it('raises its version and those of the packages that need it, commits all, and has tags', async () => {
      const expected = Object.entries(before ?? {}).map(([name, version]) => {
        const isRaised = name === changed || dependants.includes(name);
        return [name, isRaised ? after(version, name === changed) : version] as const;
      });
      expect(now).toEqual(Object.fromEntries(expected));
      expect(await copy.git('status', '--short')).toBe('');
      const tags = (await copy.git('tag')).trim().split('\n');
      for (const [name, version] of expected) expect(tags).toContain(`@worker-auth/${name}@${version}`);
      expect(await copy.read('package-lock.json')).toContain(`"version": "${now?.[changed]}"`);
    });

    it('dates the changelogs, which tell of own changes and of those of others', async () => {
      const sectionOf = async (name: string): Promise<string> =>
        (await copy.read(`packages/${name}/CHANGELOG.md`)).split(/^(?=## )/m)[1] ?? '';
      const ofPackage = await sectionOf(changed);
      expect(ofPackage.startsWith(`## ${now?.[changed]} (20`)).toBe(true);
      expect(ofPackage).toContain('- Other names.\n');
      const range = `^${now?.[changed]}`;
      expect(await sectionOf('token-manager')).toContain(`- \`@worker-auth/${changed}\` ${range}.`);
    });

    it('publishes each version, the dependants with the range of their release', async () => {
      const response = await fetch(`${registry.url}@worker-auth%2ftemporal-auth`);
      const published = (await response.json()) as {
        'dist-tags': { latest: string };
        versions: Record<string, { dependencies: Versions }>;
      };
      expect(published['dist-tags'].latest).toBe(now?.['temporal-auth']);
      const ranges = Object.values(published.versions).map(
        ({ dependencies }) => dependencies[`@worker-auth/${changed}`],
      );
      expect(ranges).toEqual([before, now].map((versions) => `^${versions?.[changed]}`));
    });
  },
);
