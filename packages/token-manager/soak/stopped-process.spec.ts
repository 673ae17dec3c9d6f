import { expect, it, onTestFinished } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const timeoutMs = 5_000;

const program = `
  import { TokenManager } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))};
  const tokens = new TokenManager({
    tokenUrl: process.env.TOKEN_URL,
    credentials: { clientId: 'a', clientSecret: 'b' },
    timeoutMs: ${timeoutMs},
    attemptTimeoutMs: ${timeoutMs},
  });
  console.log(await tokens.getToken().catch(({ code }) => code));`;

it('a response that came while the process was stopped for longer than its deadlines is used', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    child.kill('SIGSTOP');
    response.end(JSON.stringify({ access_token: 'token', token_type: 'bearer', expires_in: 60 }));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const args = ['--conditions=@worker-auth/source', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TOKEN_URL: `http://127.0.0.1:${port}/` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = child.stdout.setEncoding('utf8').toArray() as Promise<string[]>;
  await once(server, 'request');

  await sleep(timeoutMs + 1_000);
  child.kill('SIGCONT');

  expect((await printed).join('').trim()).toBe('token');
  expect(requests).toBe(1);
}, 60_000);
