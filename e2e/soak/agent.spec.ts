import { fakeStack } from '@worker-auth/testing-fakes';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { credentialsInEnvironment, type GuardedTemporal } from '../src/fixtures/guarded-temporal.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const packageFolder = fileURLToPath(new URL('../../packages/temporal-auth', import.meta.url));
const lifetimeSeconds = 20;

/** The agent in a process of its own. */
function startAgent(
  { env, oauth }: Pick<GuardedTemporal, 'env' | 'oauth'>,
  args: readonly string[],
): ChildProcess {
  const node = ['--conditions=@worker-auth/source', join(packageFolder, 'src/cli.ts'), 'agent', ...args];
  const agent = spawn(process.execPath, node, {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      ...{ ...env, ...credentialsInEnvironment(oauth, 'postgres_extraction') },
      ATLAN_APPLICATION_NAME: 'postgres-extraction',
    },
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  return agent;
}

it('a thousand readers get each token for one request, and never one that is over', async () => {
  await using stack = await fakeStack({ oauth: { lifetimeSeconds } });
  const { path, ...folder } = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [out, bearerFile] = [join(path, 'token'), join(path, 'bearer')];
  const port = await freePort();
  startAgent(stack, ['--out', out, '--listen', `127.0.0.1:${port}`, '--bearer-file', bearerFile]);
  await expect
    .poll(
      () =>
        stat(out).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true);
  const headers = { authorization: `Bearer ${await readFile(bearerFile, 'utf8')}` };
  const endsAt = performance.now() + 45_000;
  const [times, seen]: [number[], Set<string>] = [[], new Set()];
  let over = 0;
  const reader = async (number: number): Promise<void> => {
    await sleep(number);
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      const response = await fetch(`http://127.0.0.1:${port}/token`, { headers });
      const { access_token: token, expires_in: seconds } = (await response.json()) as {
        access_token: string;
        expires_in: number;
      };
      times.push(performance.now() - startedAt);
      seen.add(token);
      if (seconds < 0) over++;
      await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => reader(number)));
  times.sort((left, right) => left - right);
  const p99 = times[Math.floor(times.length * 0.99)];
  console.log(
    `${times.length} answers, p99 ${p99?.toFixed(1)} ms, ${stack.oauth.tokenRequests.length} token requests`,
  );
  expect([seen.size, over]).toEqual([stack.oauth.issuedTokens.length, 0]);
  expect(stack.oauth.tokenRequests).toHaveLength(seen.size);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
