import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url));

it('npm start ends with exit code 0, every workflow completed and no RPC refused', async () => {
  // execFile rejects on another exit code; what was printed is in its message then.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@worker-auth/source', main, '--seconds', '15'],
    { env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } },
  );
  expect(stdout).toMatch(/Temporal web UI +http:\/\/127\.0\.0\.1:\d+/);
  expect(stdout).toMatch(/Credentials +Dapr secret store component "deployment-secret-store"/);
  expect(stdout).toMatch(/Workflows +([1-9]\d*) started, \1 completed/);
  expect(stdout).toMatch(/RPCs +[1-9]\d* passed, 0 refused/);
});
