import { freePort, freePorts } from '@worker-auth/servers';
import { type RunWorkerOptions, TemporalWorkflowClient, type TlsOptions } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../agent/agent-process.ts';
import { activities } from '../workload/activities.ts';
import { expose } from './expose.ts';

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));

/** A worker that is scraped. */
export interface MonitoredWorker extends AsyncDisposable {
  /** Where its metrics are, and those of Temporal Core where they are told: `HOST:PORT`. */
  readonly targets: readonly string[];
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

/** A worker in this process, without work, under `runWorker()`. */
export async function runMonitored({ env, worker, tls }: MonitoredWorkerOptions): Promise<MonitoredWorker> {
  await using started = new AsyncDisposableStack();
  const port = await freePort();
  const client = new TemporalWorkflowClient({ env, logger: new RecordingLogger(), ...(tls && { tls }) });
  started.use(expose(client, port));
  started.defer(() => client.close());
  await client.load();
  // Those that fail are meant to; closing the client waits for the others.
  client.runWorker({ activities, ...worker }).catch(() => undefined);
  const resources = started.move();
  return { targets: [`127.0.0.1:${port}`], [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** A worker in a process of its own, which always has work, and of which Temporal Core tells too. */
export async function runMonitoredProcess({ env }: MonitoredWorkerOptions): Promise<MonitoredWorker> {
  const ports = await freePorts(2);
  const child = fork(program, ports.map(String), {
    execArgv: ['--conditions=@worker-auth/source'],
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  return {
    targets: ports.map((port) => `127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** No worker: an agent, which writes its token into a folder. */
export async function runMonitoredAgent(
  { env }: MonitoredWorkerOptions,
  folder: string,
): Promise<MonitoredWorker> {
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['--listen', address, '--bearer-file', join(folder, 'bearer')];
  const agent = new AgentProcess({ env, out: join(folder, 'token'), args });
  return { targets: [address], [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}
