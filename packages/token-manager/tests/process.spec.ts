import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Runs a program that has nothing else to wait for, and gives its exit code and what it printed. */
function run(program: string): Promise<{ readonly exitCode: number; readonly printed: string }> {
  const prelude = `import { TokenManager } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))};`;
  const args = ['--conditions=@worker-auth/source', '--input-type=module', '-e', `${prelude}\n${program}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 100_000 }, (error, stdout) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), printed: stdout.trim() });
    });
  });
}

const hanging = `{ get: () => new Promise(() => undefined), invalidate: () => undefined }`;
const options = `{ tokenUrl: 'http://127.0.0.1:9/', attemptTimeoutMs: 200, credentials: ${hanging} }`;

describe('a process with nothing else on its loop', () => {
  it('lives until a token that is waited for is given up, and can say why', async () => {
    const waits = `new TokenManager(${options}).getToken().catch(({ code }) => console.log(code));`;
    expect(await run(waits)).toEqual({ exitCode: 0, printed: 'TOKEN_REQUEST_TIMED_OUT' });
  });

  it('lives until a stop() that is waited for is through', async () => {
    const stops = `
      const tokens = new TokenManager(${options});
      tokens.start();
      await tokens.stop();
      console.log('stopped');`;
    expect(await run(stops)).toEqual({ exitCode: 0, printed: 'stopped' });
  });

  it('is not kept alive by the background alone', async () => {
    const runs = `
      const tokens = new TokenManager({ ...${options}, attemptTimeoutMs: 3_600_000 });
      tokens.start();
      console.log('end');`;
    expect(await run(runs)).toEqual({ exitCode: 0, printed: 'end' });
  });
});
