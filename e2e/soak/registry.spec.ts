import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { compileExamples } from '../src/registry/compile-examples.ts';
import { type InstalledSubject, installSubject } from '../src/registry/installed-subject.ts';
import { loadEntries } from '../src/registry/load-entries.ts';
import { packageNames, publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';
import { runExamples } from '../src/registry/run-examples.ts';
import { subjects } from '../src/registry/subjects.ts';
import { type Compiler, compilers, type NamedRuntime, nodes } from '../src/registry/toolchains.ts';
import { unknownOf } from '../src/registry/wrong-declarations.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Published {
  readonly 'dist-tags': { readonly latest: string };
  readonly versions: Readonly<Record<string, Manifest & { dist: { integrity: string; tarball: string } }>>;
}

await describeWith(['verdaccio'], 'a registry of our own', () => {
  let registry: Registry;
  let oldestNode: NamedRuntime;
  let thisNode: NamedRuntime;
  let newestNode: NamedRuntime;
  beforeAll(async () => {
    [oldestNode, thisNode, newestNode] = (await nodes()) as [NamedRuntime, NamedRuntime, NamedRuntime];
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

  // A part of what `npx nx published e2e` tries.
  describe.each(subjects)('$name, installed alone as its README says,', (subject) => {
    let project: InstalledSubject;
    beforeAll(async () => {
      project = await installSubject(registry, subject);
    });
    afterAll(() => project[Symbol.asyncDispose]());

    it('runs its first example', async () => {
      const { passed, failures } = await runExamples(subject, project, thisNode, 'import', subject.first);
      expect({ passed, failures }).toEqual({ passed: 1, failures: [] });
    });

    it('exports the same to `import`, `require` and `import(require.resolve())`, on the oldest and the newest Node', async () => {
      const main = { ...project, entries: project.entries.slice(0, 1) };
      const expected = await loadEntries(main, thisNode, 'import');
      expect(Object.values(expected)[0]?.length).toBeGreaterThan(0);
      for (const node of [oldestNode, newestNode]) {
        for (const loading of ['import', 'require', 'resolved'] as const) {
          expect(await loadEntries(main, node, loading)).toEqual(expected);
        }
      }
    });

    // Its declarations name those of all others but the kit's.
    if (subject.name !== 'temporal-auth') return;
    it('has declarations that the oldest and the newest compiler take, with `skipLibCheck` off', async () => {
      const [oldest, , newest] = (await compilers()) as [Compiler, Compiler, Compiler];
      await project.add(['@types/node@22.20.5']);
      const onlyNames = { ...subject, pages: [] };
      const entries = project.entries.slice(0, 1);
      for (const [compiler, resolution] of [
        [oldest, 'nodenext'],
        [newest, 'bundler'],
      ] as const) {
        const { errors, wrongOthers } = await compileExamples(
          onlyNames,
          project,
          entries,
          compiler,
          resolution,
        );
        expect(errors).toEqual([]);
        expect(unknownOf(wrongOthers, compiler.version)).toEqual([]);
      }
    });
  });
});
