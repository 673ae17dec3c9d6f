import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { compileNames, type Resolution } from '../src/registry/compile-names.ts';
import { type InstalledPackage, installPackage } from '../src/registry/installed-package.ts';
import { type Loading, loadEntries } from '../src/registry/load-entries.ts';
import { type PackageName, packageNames, publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';
import { compilers, nodes, otherRuntimes } from '../src/registry/toolchains.ts';
import { unknownOf } from '../src/registry/wrong-declarations.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Published {
  readonly 'dist-tags': { readonly latest: string };
  readonly versions: Readonly<Record<string, Manifest & { dist: { integrity: string; tarball: string } }>>;
}

/** What an entry needs that the first command of its README does not install. */
const peers: Partial<Record<PackageName, readonly string[]>> = {
  'secret-store': ['@dapr/dapr@3.18.0'],
  'token-manager': ['@aws-sdk/client-sts@3.1169.0'],
  'testing-fakes': ['@temporalio/worker@1.24.0'],
  'temporal-auth': ['@opentelemetry/api@1.9.1', '@opentelemetry/sdk-metrics@2.12.0'],
};
const loadings: readonly Loading[] = ['import', 'require', 'resolved'];
const onNode = (await nodes()).flatMap((runtime) => loadings.map((loading) => ({ runtime, loading })));
const elsewhere = (await otherRuntimes()).map((runtime) => ({ runtime, loading: 'import' as const }));
const everywhere = [...onNode, ...elsewhere];
const thisNode = { name: 'Node', program: process.execPath, args: [] };
const resolutions: readonly Resolution[] = ['nodenext', 'bundler'];
const everyCompiler = (await compilers()).flatMap((compiler) =>
  resolutions.map((resolution) => ({ compiler, resolution })),
);

await describeWith(['verdaccio'], 'a registry of our own', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
    await publishAll(registry);
  }, 300_000);
  afterAll(() => registry[Symbol.asyncDispose]());

  const ask = (name: string): Promise<Response> => fetch(`${registry.url}@worker-auth%2f${name}`);

  it.each(packageNames)('has %s as it is staged, with the hash of what it gives', async (name) => {
    const staged = join(import.meta.dirname, '../../packages', name, 'publish/package.json');
    const { version, dependencies } = JSON.parse(await readFile(staged, 'utf8')) as Manifest;
    const published = (await (await ask(name)).json()) as Published;
    expect(published['dist-tags']).toEqual({ latest: version });
    const manifest = published.versions[version];
    expect(manifest?.dependencies).toEqual(dependencies);
    const tarball = await (await fetch(manifest?.dist.tarball ?? '')).arrayBuffer();
    const hash = createHash('sha512').update(new Uint8Array(tarball)).digest('base64');
    expect(manifest?.dist.integrity).toBe(`sha512-${hash}`);
  });

  it('knows no other package, of our scope or of any', async () => {
    expect((await ask('nothing')).status).toBe(404);
    expect((await fetch(`${registry.url}typescript`)).status).toBe(404);
  });

  it('is gone with its process when it is disposed of', async () => {
    const another = await startRegistry();
    const isRunning = (): boolean => {
      try {
        return process.kill(another.pid ?? 0, 0);
      } catch {
        return false;
      }
    };
    expect(isRunning()).toBe(true);
    await another[Symbol.asyncDispose]();
    await eventually('its end', () => !isRunning());
    await expect(fetch(another.url)).rejects.toThrow('fetch failed');
  });

  describe.each(packageNames)('%s, installed alone as its README says,', (name) => {
    let project: InstalledPackage;
    let expected: Awaited<ReturnType<typeof loadEntries>>;
    beforeAll(async () => {
      project = await installPackage(registry, name);
      await project.add([...(peers[name] ?? []), '@types/node@22.20.5']);
      expected = await loadEntries(project, thisNode, 'import');
    });
    afterAll(() => project[Symbol.asyncDispose]());

    it('has names in each entry', () => {
      expect(Object.values(expected).filter((names) => names.length === 0)).toEqual([]);
    });

    it.each(everywhere)('exports the same on $runtime.name by $loading', async ({ runtime, loading }) => {
      expect(await loadEntries(project, runtime, loading)).toEqual(expected);
    });

    it.each(everyCompiler)(
      'has declarations that TypeScript $compiler.version takes, with `skipLibCheck` off, by $resolution',
      async ({ compiler, resolution }) => {
        const { errors, wrongOthers } = await compileNames(project, compiler, resolution);
        expect(errors).toEqual([]);
        expect(unknownOf(wrongOthers, compiler.version)).toEqual([]);
      },
    );
  });
});
