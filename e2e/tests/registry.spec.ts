import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { packageNames, publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';

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
  beforeAll(async () => {
    registry = await startRegistry();
    await publishAll(registry);
  });
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
    await vi.waitUntil(() => !isRunning(), { timeout: 5_000 });
    await expect(fetch(another.url)).rejects.toThrow('fetch failed');
  });
});
