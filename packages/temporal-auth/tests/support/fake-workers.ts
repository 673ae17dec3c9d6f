import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { type MockInstance, vi } from 'vitest';
import { configured, FakeConnection, native } from './fake-connection.ts';
import { FakeWorker } from './fake-worker.ts';

/** A worker that is made of options and leads nowhere. */
export class FakeMadeWorker extends FakeWorker {
  readonly options: WorkerOptions;

  constructor(options: WorkerOptions) {
    super();
    this.options = { ...options, interceptors: { activity: [], ...options.interceptors } };
  }

  override get connection(): never {
    return this.options.connection as never;
  }

  override run(): Promise<void> {
    type Run = (worker: Worker) => Promise<void>;
    const itself = this as unknown as Worker;
    const run = (this.options.plugins ?? []).reduceRight<Run>(
      (next, plugin) => (worker) => plugin.runWorker?.(worker, next) ?? next(worker),
      () => super.run(),
    );
    return run(itself);
  }

  /** It has nothing to drain. */
  override shutdown(): void {
    super.shutdown();
    this.end();
  }
}

/** The native connections and the workers that are made from now on, of which none leads anywhere. */
export interface FakeWorkers {
  /** The native connections that were opened. */
  readonly opened: readonly FakeConnection[];
  /** The workers that were made. */
  readonly made: readonly FakeMadeWorker[];
  /** What opening a connection, asking whether the token may write and for the namespace, and making a worker, throws from now on. */
  readonly errors: Record<'connect' | 'write' | 'describe' | 'create', Error | undefined>;
  /** Makes them. */
  readonly create: MockInstance<typeof Worker.create>;
}

export function fakeWorkers(): FakeWorkers {
  const [opened, made]: [FakeConnection[], FakeMadeWorker[]] = [[], []];
  const errors: FakeWorkers['errors'] = {
    ...{ connect: undefined, write: undefined, describe: undefined, create: undefined },
  };
  vi.spyOn(NativeConnection, 'connect').mockImplementation(async (given) => {
    await Promise.resolve();
    if (errors.connect) throw errors.connect;
    const connection = new FakeConnection(configured(given).plugins);
    connection.rejection = errors.write;
    Object.assign(connection.workflowService, {
      describeNamespace: () => (errors.describe ? Promise.reject(errors.describe) : Promise.resolve({})),
    });
    opened.push(connection);
    return native(connection);
  });
  const create = vi.spyOn(Worker, 'create').mockImplementation(async (options) => {
    let whole = options;
    for (const plugin of options.plugins ?? []) whole = (await plugin.configureWorker?.(whole)) ?? whole;
    if (errors.create) throw errors.create;
    const worker = new FakeMadeWorker(whole);
    made.push(worker);
    return worker as unknown as Worker;
  });
  vi.spyOn(Runtime, 'instance').mockReturnValue({ options: { shutdownSignals: [] } } as never);
  return { opened, made, errors, create };
}
