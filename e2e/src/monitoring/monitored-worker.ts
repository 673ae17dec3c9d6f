import { freePort } from '@worker-auth/servers';
import {
  healthHandler,
  type RunWorkerOptions,
  TemporalWorkflowClient,
  type TlsOptions,
} from '@worker-auth/temporal-auth';
import { LoopbackServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../agent/agent-process.ts';
import { activities } from '../fixtures/under-load.ts';
import { expose } from './expose.ts';

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** A worker that is scraped. */
export interface MonitoredWorker extends AsyncDisposable {
  /** Where its metrics are, and those of Temporal Core where they are told: `HOST:PORT`. */
  readonly targets: readonly string[];
  /** The URL that its `/readyz` is at. */
  readonly health: string;
  /** Asks for another token, where it is in this process. */
  readonly refresh?: () => Promise<unknown>;
  /** Its log until now, as `LEVEL message`. */
  lines(): readonly string[];
}

/** What a worker is given. */
export interface MonitoredWorkerOptions {
  /** What the application has in its environment, `ATLAN_APPLICATION_NAME` among it. */
  readonly env: Readonly<Record<string, string>>;
  /** Those of its worker, which has activities alone. */
  readonly worker?: RunWorkerOptions;
  /** Where its client certificate is. Default none. */
  readonly tls?: TlsOptions;
}

/** A worker in this process, without work, under `runWorker()`. It runs when this resolves. */
export async function runMonitored({ env, worker, tls }: MonitoredWorkerOptions): Promise<MonitoredWorker> {
  await using started = new AsyncDisposableStack();
  const port = await freePort();
  const logger = new RecordingLogger();
  const client = new TemporalWorkflowClient({ env, logger, ...(tls && { tls }) });
  started.use(expose(client, port));
  const server = await LoopbackServer.start(healthHandler(client));
  started.defer(() => server.stop());
  started.defer(() => client.close());
  await client.load();
  const runs = new Promise((resolve) => client.on('workerStarted', resolve));
  // Those that fail are meant to; closing the client waits for the others.
  client.runWorker({ activities, ...worker }).catch(() => undefined);
  await runs;
  const resources = started.move();
  return {
    ...{ targets: [`127.0.0.1:${port}`], health: server.url },
    refresh: () => client.auth.refreshToken(),
    lines: () => logger.entries.map(({ level, message }) => `${level} ${message}`),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A worker in a process of its own, which always has work, and of which Temporal Core tells too. It has done some when this resolves. */
export async function runMonitoredProcess({ env }: MonitoredWorkerOptions): Promise<MonitoredWorker> {
  const child = fork(program, {
    execArgv: ['--conditions=@worker-auth/source'],
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  await using started = new AsyncDisposableStack();
  started.defer(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const ended = exit.then(() => Promise.reject(new Error('The worker has ended before it did any work')));
  const lines: string[] = [];
  const working = Promise.withResolvers<Pick<MonitoredWorker, 'targets' | 'health'>>();
  child.on('message', (message: string | Pick<MonitoredWorker, 'targets' | 'health'>) => {
    if (typeof message === 'string') lines.push(message);
    else working.resolve(message);
  });
  const places = await Promise.race([working.promise, ended]);
  const resources = started.move();
  return { ...places, lines: () => [...lines], [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** No worker: an agent, which writes its token into a folder. */
export async function runMonitoredAgent(
  { env }: MonitoredWorkerOptions,
  folder: string,
): Promise<MonitoredWorker> {
  const args = ['--listen', '127.0.0.1:0', '--bearer-file', join(folder, 'bearer')];
  await using started = new AsyncDisposableStack();
  const agent = started.use(new AgentProcess({ env, out: join(folder, 'token'), args }));
  const address = await agent.said(/listens at http:\/\/(\S+)/);
  const resources = started.move();
  return {
    ...{ targets: [address], health: `http://${address}` },
    lines: () => agent.lines.flatMap((line) => /^\S+Z \[(\w+)\] (.*)/.exec(line)?.slice(1).join(' ') ?? []),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
