import type { NativeConnection, Worker } from '@temporalio/worker';
import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { GuardedConnections, type GuardedConnectionsOptions } from '../../src/worker/guarded-connections.ts';

/** As much of a native connection as is looked at. */
export class FakeConnection {
  readonly told: string[] = [];
  /** The namespace of each probe. */
  readonly probes: string[] = [];
  readonly plugins: readonly unknown[];
  closings = 0;
  isClosed = false;
  closeError: Error | undefined;
  /** What Temporal says to a probe. */
  refusal: Error | undefined;
  /** What the connection says to a new token. */
  pushError: Error | undefined;
  readonly workflowService = {
    recordWorkerHeartbeat: ({ namespace }: { namespace: string }): Promise<object> => {
      this.probes.push(namespace);
      return this.refusal === undefined ? Promise.resolve({}) : Promise.reject(this.refusal);
    },
  };

  constructor(plugins: readonly unknown[] = []) {
    this.plugins = plugins;
  }

  withAbortSignal<T>(_signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    return call();
  }

  withDeadline<T>(_deadline: unknown, call: () => Promise<T>): Promise<T> {
    return call();
  }

  setApiKey(token: string): Promise<void> {
    if (this.pushError !== undefined) return Promise.reject(this.pushError);
    this.told.push(token);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closings++;
    if (this.closeError) return Promise.reject(this.closeError);
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A token source; the test says when there is another token. */
export class FakeTokens {
  readonly listeners = new Set<(token: string) => void>();
  current = 'first';
  getToken = (): Promise<string> => Promise.resolve(this.current);
  peek = (): string => this.current;
  subscribe = (listener: (token: string) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  renew(token: string): void {
    this.current = token;
    for (const listener of this.listeners) listener(token);
  }
}

/** Guarded connections of which none leads anywhere. */
export interface GuardedScene {
  readonly opened: FakeConnection[];
  readonly log: RecordingLogger;
  readonly tokens: FakeTokens;
  readonly clock: FakeClock;
  readonly connections: GuardedConnections;
  /** What was known of the token each time that it was said to have changed. */
  readonly healths: readonly string[];
  /** A worker whose connection comes from here. */
  readonly make: () => Promise<Pick<Worker, 'connection'>>;
}

/** @param options over the ordinary ones; `connect` opens the connection for workers that have none */
export function openGuardedScene(options: Partial<GuardedConnectionsOptions> = {}): GuardedScene {
  const opened: FakeConnection[] = [];
  const healths: string[] = [];
  const [log, tokens, clock] = [new RecordingLogger(), new FakeTokens(), new FakeClock()];
  const connections = new GuardedConnections({
    ...{ tokens, clock, logger: log, address: 'temporal:7233' },
    acknowledgeResults: false,
    events: new Emitter(),
    onHealth: () => {
      healths.push(connections.health().temporal.state);
    },
    living: () => [tokens.current],
    connect: () => {
      const connection = new FakeConnection();
      opened.push(connection);
      return Promise.resolve(native(connection));
    },
    ...options,
  });
  return {
    ...{ opened, log, tokens, clock, connections, healths },
    make: async () => {
      const { connection } = await connections.guarded({ taskQueue: 'extraction' });
      return { connection: connection as NativeConnection };
    },
  };
}

export function native(connection: FakeConnection): NativeConnection {
  return connection as unknown as NativeConnection;
}
