import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { daprDefinitionsPlaces } from '../src/dapr-definitions.ts';
import { obtain } from '../src/lookup.ts';
import { daprDefinitions } from '../src/versions.ts';
import { script, temporaryFolder } from './support.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** Puts a `go` alone on the returned PATH, which has the module in a folder and says that it has this sum. */
async function fakeGo(root: string, sum: string): Promise<NodeJS.ProcessEnv> {
  const folder = join(root, 'module');
  await mkdir(join(folder, 'charts', 'dapr', 'crds'), { recursive: true });
  await mkdir(join(folder, 'pkg', 'injector', 'annotations'), { recursive: true });
  await writeFile(join(folder, 'charts', 'dapr', 'crds', 'components.yaml'), 'the definition');
  await writeFile(join(folder, 'pkg', 'injector', 'annotations', 'annotations.go'), 'the annotations');
  await script(
    join(root, 'bin', 'go'),
    `if [ "$1" = version ]; then echo go version go99.0 linux/amd64; else echo '${JSON.stringify({ Dir: folder, Sum: sum })}'; fi`,
  );
  return { PATH: join(root, 'bin'), WORKER_AUTH_CACHE: join(root, 'cache') };
}

describe("Dapr's definitions", () => {
  it('are taken of the module whose sum is the pinned one', async () => {
    const root = await temporaryFolder();
    const { path } = await obtain(daprDefinitionsPlaces(await fakeGo(root, daprDefinitions.sum)));
    expect(await readFile(path, 'utf8')).toBe('the definition');
    const [entry = ''] = await readdir(join(root, 'cache'));
    expect(await readdir(join(root, 'cache', entry))).toEqual(['annotations.go', 'components.yaml']);
  });

  it('are rejected, and nothing is left in the cache, when the sum is another', async () => {
    const root = await temporaryFolder();
    await expect(obtain(daprDefinitionsPlaces(await fakeGo(root, 'h1:another')))).rejects.toThrow(
      `github.com/dapr/dapr ${daprDefinitions.version} has the sum h1:another instead of the pinned ${daprDefinitions.sum}`,
    );
    expect(await readdir(join(root, 'cache'))).toEqual([]);
  });
});
