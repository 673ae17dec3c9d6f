import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('importing the package loads neither ky nor zod nor cryptography: the first request does', async () => {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, nextLoad) => { loaded.push(url); return nextLoad(url, context); } });
    await import('@worker-auth/token-manager');
    console.log(JSON.stringify(loaded));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@worker-auth/source', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname },
  );
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.some((url) => url.endsWith('/token-manager.ts'))).toBe(true);
  expect(loaded.filter((url) => /\/node_modules\/(?:ky|zod)\/|^node:crypto$/.test(url))).toEqual([]);
});
