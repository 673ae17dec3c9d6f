import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('support/native-modules.ts', import.meta.url));

/** What the program says about the modules it has loaded: the last line of its output. */
async function nativeModules(...args: string[]): Promise<unknown> {
  const node = ['--conditions=@worker-auth/source', program, ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node);
  return { modules: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown, log: stderr };
}

describe('the modules of Temporal for workers', () => {
  it('are not loaded by a program that only makes calls, its log and its health over HTTP included', async () => {
    expect(await nativeModules()).toEqual({
      modules: [],
      log: expect.stringContaining('[INFO] Connected to Temporal') as string,
    });
  });

  it('are loaded by the first worker', async () => {
    expect(await nativeModules('with-worker')).toMatchObject({ modules: ['worker', 'core-bridge'] });
  });
});
