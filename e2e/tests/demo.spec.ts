import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url));
const command = ['--conditions=@worker-auth/source', main, '--seconds', '3'];
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

it('npm start, in a pipe, ends with exit code 0, and every workflow completed', async () => {
  // execFile rejects on another exit code; what was printed is in its message then.
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  expect(stdout).toMatch(/Temporal web UI +http:\/\/127\.0\.0\.1:\d+/);
  expect(stdout).toMatch(/Credentials +Dapr secret store component "deployment-secret-store"/);
  expect(stdout).toMatch(/ s {2}Access token obtained .*\[token #1/);
  expect(stdout).toMatch(
    /Workflows +([1-9]\d*) started, \1 completed\nResults +none lost\nRPCs +[1-9]\d* passed/,
  );
});
