import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { tokenEnv } from '@worker-auth/calls/tests/example-env';

const cli = fileURLToPath(new URL('../../src/worker-auth-agent.ts', import.meta.url));

export interface AgentStart {
  readonly oauth: MockOAuthServer;
  /** Before its command line. Default nothing. */
  readonly before?: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
  /** Beside, or in place of, the environment of an application. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
}

/** The agent in a process of its own, which is killed at the end of the test. */
export function startAgent({ oauth, before = [], node = [], env, args }: AgentStart): ChildProcess {
  const started = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    ATLAN_APPLICATION_NAME: 'postgres-extraction',
    ...tokenEnv(oauth),
    ...env,
  };
  const [command = '', ...rest] = [
    ...before,
    process.execPath,
    ...['--conditions=@worker-auth/source', ...node, cli, ...args],
  ];
  const child = spawn(command, rest, { env: started, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What it has written to one of its outputs so far. */
export function written(child: ChildProcess, to: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[to]?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** Its exit code, or its signal. */
export async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}
