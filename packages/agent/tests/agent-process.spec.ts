import { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { exitCode, startAgent, written } from './support/agent-process.ts';

let oauth: MockOAuthServer;
let out: string;

beforeEach(async () => {
  oauth = await MockOAuthServer.start();
  const folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  out = join(folder, 'token');
  onTestFinished(async () => {
    await oauth.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

/** The agent in a process of its own. */
function start(...args: readonly string[]): ChildProcess {
  return startWith([], {}, ...args);
}

function startWith(
  options: readonly string[],
  more: Readonly<Record<string, string>>,
  ...args: readonly string[]
): ChildProcess {
  return startAgent({ oauth, node: options, env: more, args: ['--out', out, ...args] });
}

const token = (): Promise<string | undefined> => readFile(out, 'utf8').catch(() => undefined);

/** For a program that outlives a test that fails, and nobody else. */
const waits = 'setTimeout(() => process.exit(1), 60_000)';

/** A program in Node's own words. */
const node = (code: string): readonly string[] => ['--', process.execPath, '-e', code];

it('listens at a socket, whose callers name any host', async () => {
  const socketPath = join(out, '..', 'socket');
  const agent = start('--listen', `unix:${socketPath}`);
  await expect.poll(written(agent, 'stderr')).toContain(`The agent listens at unix:${socketPath}\n`);
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'any.example' };
    get({ socketPath, path: '/livez', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).once('error', reject);
  });
  expect(status).toBe(200);
});

it('ends at SIGTERM within a second while the OAuth server never answers', async () => {
  oauth.failWith('neverAnswers');
  const agent = start();
  await expect.poll(() => oauth.tokenRequests.length).toBe(1);
  const startedAt = performance.now();
  agent.kill('SIGTERM');
  expect(await exitCode(agent)).toBe(0);
  // A second on a machine with nothing else to do.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

it("loads nothing of Temporal's", async () => {
  const reject = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => {
      if (/^@(?:temporalio|grpc)\\//.test(name)) throw new Error('loads ' + name);
      return next(name, context);
    } });`;
  const agent = startWith([`--import=data:text/javascript,${encodeURIComponent(reject)}`], {});
  await expect.poll(token).toBe(await firstToken());
  agent.kill('SIGTERM');
  expect(await exitCode(agent)).toBe(0);
});

it('goes on when it gets a signal that is for programs, and leaves its token at its end', async () => {
  const agent = start();
  await expect.poll(token).toBe(await firstToken());
  for (const signal of ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) agent.kill(signal);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([agent.exitCode, agent.signalCode]).toEqual([null, null]);
  agent.kill('SIGTERM');
  expect(await exitCode(agent)).toBe(0);
  expect(await token()).toBe(oauth.issuedTokens[0]);
});

it('killed and started again, replaces the token that it left', async () => {
  const killed = start();
  await expect.poll(token).toBe(await firstToken());
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(await token()).toBe(oauth.issuedTokens[0]);
  start();
  await expect.poll(() => oauth.issuedTokens.length).toBe(2);
  await expect.poll(token).toBe(oauth.issuedTokens[1]);
});

async function firstToken(): Promise<string | undefined> {
  await expect.poll(() => oauth.issuedTokens.length).toBe(1);
  return oauth.issuedTokens[0];
}

describe('a program beside it', () => {
  it('begins when the token is there, and its exit code is that of the agent', async () => {
    const code = `process.exit(require('fs').readFileSync(${JSON.stringify(out)}, 'utf8').length > 20 ? 7 : 8)`;
    expect(await exitCode(start(...node(code)))).toBe(7);
  });

  it('gets each of the six signals that programs know, and goes on if it likes', async () => {
    const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const;
    const handlers = `for (const s of ${JSON.stringify(signals)}) process.on(s, () => {
      console.log(s);
      if (s === 'SIGTERM') process.exit(9);
    });`;
    const agent = start(...node(`${handlers} ${waits}; console.log('runs')`));
    const lines: string[] = [];
    createInterface({ input: agent.stdout ?? process.stdin }).on('line', (line) => lines.push(line));
    await expect.poll(() => lines).toEqual(['runs']);
    const ended = exitCode(agent);
    for (const [index, signal] of signals.entries()) {
      expect(agent.exitCode).toBeNull();
      agent.kill(signal);
      await expect.poll(() => lines).toEqual(['runs', ...signals.slice(0, index + 1)]);
    }
    expect(await ended).toBe(9);
  });
});
