import type { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { type MockInstance, vi } from 'vitest';
import { directNetwork } from '../../src/configuration/network.ts';
import { LoadedClient, type LoadedClientParts } from '../../src/facade/loaded-client.ts';
import type { WorkerEvents } from '../../src/worker/worker-events.ts';
import { FakeConnection, FakeTokens, native } from './fake-guarded.ts';
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

  /** As Temporal's. */
  async runUntil(promise: Promise<unknown>): Promise<void> {
    void this.run();
    await promise;
    this.shutdown();
    this.end();
  }
}

/** A client that is connected, without any server. */
export interface LoadedScene {
  readonly loaded: LoadedClient;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly tokens: FakeTokens;
  readonly events: Emitter<WorkerEvents>;
  /** The native connections that were opened. */
  readonly opened: readonly FakeConnection[];
  /** The workers that were made. */
  readonly made: readonly FakeMadeWorker[];
  /** What opening a connection, asking whether the token may write and for the namespace, and making a worker, throws from now on. */
  readonly errors: Record<'connect' | 'write' | 'describe' | 'create', Error | undefined>;
  /** Makes them. */
  readonly create: MockInstance<typeof Worker.create>;
  /** What was called of the caller's. */
  readonly calls: string[];
}

export function openLoaded(parts: Partial<LoadedClientParts> = {}): LoadedScene {
  const [clock, log, tokens] = [new FakeClock(), new RecordingLogger(), new FakeTokens()];
  const [opened, made, calls]: [FakeConnection[], FakeMadeWorker[], string[]] = [[], [], []];
  const errors: LoadedScene['errors'] = {
    ...{ connect: undefined, write: undefined, describe: undefined, create: undefined },
  };
  vi.spyOn(NativeConnection, 'connect').mockImplementation(async () => {
    await Promise.resolve();
    if (errors.connect) throw errors.connect;
    const connection = new FakeConnection();
    connection.refusal = errors.write;
    Object.assign(connection.workflowService, {
      describeNamespace: () => (errors.describe ? Promise.reject(errors.describe) : Promise.resolve({})),
    });
    opened.push(connection);
    return native(connection);
  });
  const create = vi.spyOn(Worker, 'create').mockImplementation(async (options) => {
    await Promise.resolve();
    if (errors.create) throw errors.create;
    const worker = new FakeMadeWorker(options);
    made.push(worker);
    return worker as unknown as Worker;
  });
  vi.spyOn(Runtime, 'instance').mockReturnValue({ options: { shutdownSignals: [] } } as never);
  const events = new Emitter<WorkerEvents>();
  const loaded = new LoadedClient({
    client: { name: 'client' } as unknown as Client,
    connection: { close: () => Promise.resolve(void calls.push('closed')) } as unknown as Connection,
    settings: { address: 'temporal:7233', tls: false, network: directNetwork },
    target: { address: 'temporal:7233', namespace: 'ours', authEnabled: true },
    tokens: Object.assign(tokens, { living: ['quiet-words'], start: () => undefined, tlsEnabled: undefined }),
    ...{ applicationName: 'extraction', connectTimeoutMs: 1_000, clock, logger: log, events },
    random: () => 0,
    onHealth: () => calls.push('health'),
    ...parts,
  });
  return { loaded, clock, log, tokens, events, opened, made, errors, create, calls };
}
