import type { NativeConnection, Worker } from '@temporalio/worker';
import { Emitter } from '@worker-auth/refresh-scheduler';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { attach } from '../../src/index.ts';
import { GuardedConnections } from '../../src/worker/guarded-connections.ts';
import { rejection } from '../support/scene.ts';

/** As much of a native connection as is looked at. */
class FakeConnection {
  readonly told: string[] = [];
  isClosed = false;
  closeError: Error | undefined;
  readonly workflowService = { recordWorkerHeartbeat: () => Promise.resolve({}) };

  withAbortSignal<T>(_signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    return call();
  }

  setApiKey(token: string): Promise<void> {
    this.told.push(token);
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (this.closeError) return Promise.reject(this.closeError);
    this.isClosed = true;
    return Promise.resolve();
  }
}

class FakeTokens {
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

interface Scene {
  readonly opened: FakeConnection[];
  readonly log: RecordingLogger;
  readonly tokens: FakeTokens;
  readonly connections: GuardedConnections;
  /** A worker whose connection comes from here. */
  readonly make: () => Promise<Pick<Worker, 'connection'>>;
}

function openScene(connect?: () => Promise<NativeConnection>): Scene {
  const opened: FakeConnection[] = [];
  const log = new RecordingLogger();
  const tokens = new FakeTokens();
  const connections = new GuardedConnections({
    ...{ tokens, clock: new FakeClock(), logger: log, address: 'temporal:7233' },
    acknowledgeResults: false,
    events: new Emitter(),
    onHealth: () => undefined,
    living: () => [],
    connect:
      connect ??
      (() => {
        const connection = new FakeConnection();
        opened.push(connection);
        return Promise.resolve(native(connection));
      }),
  });
  return {
    ...{ opened, log, tokens, connections },
    make: async () => {
      const { connection } = await connections.guarded({ taskQueue: 'extraction' });
      return { connection: connection as NativeConnection };
    },
  };
}

function native(connection: FakeConnection): NativeConnection {
  return connection as unknown as NativeConnection;
}

describe('the connection for workers that have none', () => {
  it('is one, and is closed when the last of them has ended', async () => {
    const { opened, connections, make } = openScene();
    const [first, second] = await Promise.all([make(), make()]);
    expect(opened).toHaveLength(1);
    await connections.ended(first);
    expect(opened[0]?.isClosed).toBe(false);
    await connections.ended(second);
    expect(opened[0]?.isClosed).toBe(true);
  });

  it('is never one that closes, whenever the next worker comes', async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const { connections, make } = openScene();
      const ending = connections.ended(await make());
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      const next = await make();
      await ending;
      const { isClosed } = next.connection as unknown as FakeConnection;
      expect({ ticks, isClosed }).toEqual({ ticks, isClosed: false });
      await connections.stop();
    }
  });

  it('stays open for the others when the hook at the end of a worker runs twice', async () => {
    const { opened, connections, make } = openScene();
    const [first] = [await make(), await make()];
    await connections.ended(first);
    await connections.ended(first);
    expect(opened[0]?.isClosed).toBe(false);
    await connections.stop();
  });

  it('hides no error of the worker when it cannot be closed: the log says so', async () => {
    const { opened, connections, make, log } = openScene();
    const worker = await make();
    (opened[0] as FakeConnection).closeError = new Error('still in use');
    await connections.ended(worker);
    expect(log.matching('could not be closed')).toHaveLength(1);
  });

  it('is asked for again by the next worker when it could not be opened', async () => {
    const connect = vi
      .fn<() => Promise<NativeConnection>>()
      .mockRejectedValueOnce(new Error('not yet'))
      .mockResolvedValueOnce(native(new FakeConnection()));
    const { make, connections } = openScene(connect);
    expect(await rejection(make())).toMatchObject({ message: 'not yet' });
    expect((await make()).connection).toBeDefined();
    await connections.stop();
  });

  it('is closed at the end of all when its worker never ran', async () => {
    const { opened, connections, make } = openScene();
    await make();
    await connections.stop();
    expect(opened[0]?.isClosed).toBe(true);
  });
});

describe('a connection that is attached already', () => {
  it('is told of each token once, and stays attached when the guard ends', async () => {
    const { connections, tokens } = openScene();
    const connection = new FakeConnection();
    const attached = await attach(tokens, native(connection));
    await connections.guarded({ taskQueue: 'extraction', connection: native(connection) });
    tokens.renew('second');
    await attached.pushed();
    await connections.stop();
    tokens.renew('third');
    await attached.pushed();
    expect(connection.told).toEqual(['first', 'second', 'third']);
    await attached.detach();
    expect(tokens.listeners).toHaveLength(0);
  });

  it('is attached anew after it was detached', async () => {
    const { connections, tokens } = openScene();
    const connection = new FakeConnection();
    const options = { taskQueue: 'extraction', connection: native(connection) };
    const attached = await attach(tokens, native(connection));
    await connections.guarded(options);
    await attached.detach();
    tokens.renew('second');
    await connections.guarded(options);
    expect(connection.told).toEqual(['first', 'second']);
    await connections.stop();
  });

  it('is refused when its tokens come from elsewhere', async () => {
    const { connections } = openScene();
    const connection = native(new FakeConnection());
    const attached = await attach(new FakeTokens(), connection);
    expect(await rejection(connections.guarded({ taskQueue: 'extraction', connection }))).toBeInstanceOf(
      TypeError,
    );
    await attached.detach();
    await connections.guarded({ taskQueue: 'extraction', connection });
    await connections.stop();
  });
});
