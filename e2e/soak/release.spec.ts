import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { packageNames, publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';
import { type WorkspaceCopy, workspaceCopy } from '../src/release/workspace-copy.ts';

type PackageName = (typeof packageNames)[number];
type Versions = Readonly<Record<string, string>>;

const timeoutMs = 300_000;
const today = /^\d{4}-\d\d-\d\d$/;

/** The version after this one: for a correction, or for a change that breaks. */
function after(version: string, change: 'fix' | 'breaking'): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (change === 'fix') return `${major}.${minor}.${patch + 1}`;
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}

await describeWith(
  ['verdaccio'],
  'two releases of a package that others need, a correction and one that breaks',
  () => {
    let registry: Registry;
    let copy: WorkspaceCopy;
    /** The versions of all packages: as they are, then after each release. */
    const versions: Versions[] = [];
    const versionOf = (release: number, name: PackageName): string => versions[release]?.[name] ?? '';

    const manifest = async (name: PackageName): Promise<{ version: string; dependencies?: Versions }> =>
      JSON.parse(await copy.read(`packages/${name}/package.json`)) as {
        version: string;
        dependencies?: Versions;
      };
    const currentVersions = async (): Promise<Versions> =>
      Object.fromEntries(
        await Promise.all(packageNames.map(async (name) => [name, (await manifest(name)).version] as const)),
      );
    const commit = async (name: PackageName, message: string, point: string): Promise<void> => {
      await copy.change(`packages/${name}/src/index.ts`, (text) => `${text}\n// ${point}\n`);
      await copy.change(`packages/${name}/CHANGELOG.md`, (text) =>
        text.replace(/^(# .*\n)(?:\n## Unreleased\n)?/, `$1\n## Unreleased\n\n- ${point}\n`),
      );
      await copy.git('commit', '--quiet', '--all', '--message', message);
    };
    const release = async (): Promise<void> => {
      await copy.run('nx', 'release', '--skip-publish');
      versions.push(await currentVersions());
      await copy.publish();
    };

    beforeAll(async () => {
      registry = await startRegistry();
      copy = await workspaceCopy(registry);
      await publishAll(registry);
      versions.push(await currentVersions());
      await commit(
        'refresh-scheduler',
        'fix(refresh-scheduler): a wait that was too long',
        'A shorter wait.',
      );
      await release();
      await commit('refresh-scheduler', 'feat(refresh-scheduler)!: other names', 'Other names.');
      await commit('testing-fakes', 'fix(testing-fakes): what every test needs', 'A better fake.');
      await release();
    }, timeoutMs);
    afterAll(async () => {
      await copy[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    });

    it('raise the version of a package and of those that need it, and of none whose tests alone need it', () => {
      const [first] = versions;
      const raised = (name: string, changes: readonly ('fix' | 'breaking')[]): string =>
        changes.reduce(after, first?.[name] ?? '');
      const expected = (changes: readonly ('fix' | 'breaking')[]): Versions => ({
        ...first,
        'refresh-scheduler': raised('refresh-scheduler', changes),
        'token-manager': raised(
          'token-manager',
          changes.map(() => 'fix'),
        ),
        'temporal-auth': raised(
          'temporal-auth',
          changes.map(() => 'fix'),
        ),
      });
      expect(versions.slice(1)).toEqual([
        expected(['fix']),
        { ...expected(['fix', 'breaking']), 'testing-fakes': raised('testing-fakes', ['fix']) },
      ]);
    });

    it('have a tag for each version', async () => {
      const tags = (await copy.git('tag')).trim().split('\n');
      const expected = versions.flatMap((all) =>
        Object.entries(all).map(([name, version]) => `@worker-auth/${name}@${version}`),
      );
      expect(tags.sort()).toEqual([...new Set(expected)].sort());
    });

    it('leave nothing uncommitted, and a package-lock.json by which npm installs the workspace', async () => {
      expect(await copy.git('status', '--short')).toBe('');
      const lock = JSON.parse(await copy.read('package-lock.json')) as {
        packages: Record<string, { version: string }>;
      };
      expect(lock.packages['packages/refresh-scheduler']?.version).toBe(versionOf(2, 'refresh-scheduler'));
    });

    it('date the changelogs, which tell of the package’s own changes and of those that it needs', async () => {
      const sections = async (name: PackageName): Promise<readonly string[]> =>
        (await copy.read(`packages/${name}/CHANGELOG.md`)).split(/^(?=## )/m).slice(1, 3);
      const [breaking = '', fix = ''] = await sections('refresh-scheduler');
      const heading = /^## (?<version>\S+) \((?<date>[^)]+)\)\n\n- (?<point>.*)\n/;
      expect(heading.exec(breaking)?.groups).toMatchObject({
        version: versionOf(2, 'refresh-scheduler'),
        point: 'Other names.',
      });
      expect(heading.exec(fix)?.groups).toMatchObject({
        version: versionOf(1, 'refresh-scheduler'),
        point: 'A shorter wait.',
      });
      expect(heading.exec(fix)?.groups?.['date']).toMatch(today);
      const [dependant = ''] = await sections('token-manager');
      expect(heading.exec(dependant)?.groups).toMatchObject({
        version: versionOf(2, 'token-manager'),
        point: `\`@worker-auth/refresh-scheduler\` ^${versionOf(2, 'refresh-scheduler')}.`,
      });
    });

    it('publish each version, the dependants with the range of their release', async () => {
      const answer = await fetch(`${registry.url}@worker-auth%2ftemporal-auth`);
      const published = (await answer.json()) as {
        'dist-tags': { latest: string };
        versions: Record<string, { dependencies: Versions }>;
      };
      expect(published['dist-tags'].latest).toBe(versionOf(2, 'temporal-auth'));
      const ranges = Object.values(published.versions).map(
        ({ dependencies }) => dependencies['@worker-auth/refresh-scheduler'],
      );
      expect(ranges).toEqual([0, 1, 2].map((release) => `^${versionOf(release, 'refresh-scheduler')}`));
    });
  },
);
