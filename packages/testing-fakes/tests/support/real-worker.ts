import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

const quiet = new DefaultLogger('ERROR', () => undefined);

/** Keeps Temporal's own messages out of the output of the tests. */
export function quietRuntime(): void {
  Runtime.install({ logger: quiet, telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } } });
}

/** The workflows of `greeting-workflows.ts`, bundled once for all workers of a file. */
export function bundleGreetings(): ReturnType<typeof bundleWorkflowCode> {
  const workflowsPath = fileURLToPath(new URL('greeting-workflows.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger: quiet });
}

/** A worker and a client of Temporal's SDK that share an address and a token. */
export interface RealWorker extends AsyncDisposable {
  readonly native: NativeConnection;
  readonly connection: Connection;
  readonly client: Client;
  readonly worker: Worker;
  /** Settles when the worker has ended. */
  readonly running: Promise<void>;
}

/** Connects both and runs the worker on the task queue `greetings`; the end of the scope ends them. */
export async function runWorker(
  address: string,
  apiKey: string,
  options: Partial<WorkerOptions>,
): Promise<RealWorker> {
  await using opened = new AsyncDisposableStack();
  const native = await NativeConnection.connect({ address, apiKey, tls: false });
  opened.defer(() => native.close());
  const connection = await Connection.connect({ address, apiKey, tls: false });
  opened.defer(() => connection.close());
  const worker = await Worker.create({ connection: native, taskQueue: 'greetings', ...options });
  const running = worker.run();
  opened.defer(async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  });
  const resources = opened.move();
  return {
    native,
    connection,
    worker,
    running,
    client: new Client({ connection }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
