import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { obtain } from '../src/lookup.ts';
import { kubernetesValidate, moto, temporalPython } from '../src/versions.ts';
import { virtualEnvironmentPlaces } from '../src/virtual-environment.ts';
import { script, temporaryFolder } from './support.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** Puts a `python3` first on PATH whose venv holds a Python that writes what it is asked for into a file beside itself. */
async function fakePython(root: string, exitCode = 0): Promise<void> {
  await script(
    join(root, 'bin', 'python3'),
    `mkdir -p "$3/bin"
cat > "$3/bin/python" <<'END'
#!/bin/sh
echo "$@" > "$0-asked"
exit ${exitCode}
END
chmod +x "$3/bin/python"`,
  );
  vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe('a virtual environment', () => {
  it.each([moto, kubernetesValidate, temporalPython])(
    'of $project is made of what its requirements pin by hash',
    async (pinned) => {
      const root = await temporaryFolder();
      await fakePython(root);
      const found = await obtain(
        virtualEnvironmentPlaces(pinned, { WORKER_AUTH_CACHE: join(root, 'cache') }),
      );
      expect(found).toMatchObject({ version: pinned.version, from: 'PyPI' });
      const asked = await readFile(`${found.path}-asked`, 'utf8');
      expect(asked).toMatch(/^-m pip install .*--require-hashes --requirement /);
      const requirements = await readFile(asked.trim().split(' --requirement ').at(-1) ?? '', 'utf8');
      expect(requirements).toContain(`${pinned.project}==${pinned.version} \\\n    --hash=sha256:`);
    },
  );

  it('is taken from the cache when it is there', async () => {
    const root = await temporaryFolder();
    await fakePython(root);
    const places = virtualEnvironmentPlaces(moto, { WORKER_AUTH_CACHE: join(root, 'cache') });
    const { path } = await obtain(places);
    expect(await obtain(places)).toMatchObject({ path, from: 'cache' });
  });

  it('leaves nothing in the cache when pip fails', async () => {
    const root = await temporaryFolder();
    await fakePython(root, 1);
    const cache = join(root, 'cache');
    await expect(obtain(virtualEnvironmentPlaces(moto, { WORKER_AUTH_CACHE: cache }))).rejects.toThrow(
      'moto cannot be had',
    );
    expect(await readdir(cache)).toEqual([]);
  });
});
