import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What a script of the support folder prints before it comes to its end. */
async function run(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../support/${script}`, import.meta.url));
  const node = ['--conditions=@worker-auth/source', path, ...args];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, node, {
    timeout: 100_000,
    // Nx asks for colours, which would be in what is printed.
    env: { PATH, NODE_COMPILE_CACHE },
  });
  return stdout;
}

it('says what to install where Temporal’s messages are not', async () => {
  expect(await run('start-without-peers.ts')).toBe(
    'Error: FakeTemporalFrontend needs the messages of Temporal: install @temporalio/proto in the version of your other @temporalio packages\n',
  );
});

it('takes Temporal’s messages from the project around it, where npx leaves them', async () => {
  expect(await run('start-without-peers.ts', '--in-project')).toBe('started\n');
});

it('leaves nothing behind that keeps a process alive, with a workflow and a poll open', async () => {
  expect(await run('stop-frontend-and-exit.ts')).toBe('stopped { passed: 2, rejected: 0 }\n');
});
