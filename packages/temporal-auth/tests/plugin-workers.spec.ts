import type { NativeConnection, Worker } from '@temporalio/worker';
import { CompleteAsyncError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it, vi } from 'vitest';
import { AuthenticationError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { TemporalAuthOptions } from '../src/settings/temporal-options.ts';
import { FakeConnection, native } from './support/fake-connection.ts';
import { fetchTokens } from '@worker-auth/calls/tests/fetched-tokens';
import { fakeRuntime } from './support/fake-runtime.ts';
import { FakeWorker, transportError } from './support/fake-worker.ts';
import { keepCertificates } from '@worker-auth/calls/tests/kept-certificates';
import { openPlugin, type PluginScene } from './support/open-plugin.ts';
import { rejection } from './support/scene.ts';

const taskQueue = 'extraction';
const rejectedError = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });

/** A worker that was made with the plugin, and ends as the test says. */
class PluginWorker extends FakeWorker {
  readonly options: Pick<Worker['options'], 'taskQueue' | 'namespace' | 'activities' | 'interceptors'>;
  readonly #connection: NativeConnection | undefined;

  constructor(activity: readonly unknown[], connection: NativeConnection | undefined) {
    super();
    const interceptors = { activity: [...activity], nexus: [], workflowModules: [], client: {} };
    this.options = {
      taskQueue,
      namespace: 'default',
      activities: new Map(),
      interceptors: interceptors as Worker['options']['interceptors'],
    };
    this.#connection = connection;
  }

  override get connection(): never {
    return this.#connection as never;
  }
}

async function make({ auth }: PluginScene, connection?: FakeConnection): Promise<PluginWorker> {
  const given = { taskQueue, ...(connection && { connection: native(connection) }) };
  const options = await auth.configureWorker(given);
  return new PluginWorker(options.interceptors?.activity ?? [], options.connection);
}

function run({ auth }: PluginScene, worker: PluginWorker): Promise<void> {
  const running = auth.runWorker(worker as unknown as Worker, () => worker.run());
  running.catch(() => undefined);
  return running;
}

describe('a worker with the plugin', () => {
  it('gets a connection with the newest token, which is closed when it has ended', async () => {
    await using scene = openPlugin({ port: 1 });
    const worker = await make(scene);
    expect(scene.openedWith).toMatchObject([{ address: 'temporal:1', apiKey: 'first', tls: true }]);
    const running = run(scene, worker);
    expect(scene.auth.health().workers).toMatchObject([{ taskQueue, state: 'RUNNING' }]);
    expect(scene.opened[0]?.isClosed).toBe(false);
    worker.end();
    await running;
    expect(scene.opened[0]?.isClosed).toBe(true);
    expect(scene.auth.health().workers).toEqual([]);
  });

  it('works in the namespace of the settings where it has none, on any connection', async () => {
    await using scene = openPlugin({ namespace: 'ours' });
    const connection = native(new FakeConnection());
    const namespaces = await Promise.all(
      [{ taskQueue }, { taskQueue, namespace: 'theirs' }, { taskQueue, connection }].map(
        async (given) => (await scene.auth.configureWorker(given)).namespace,
      ),
    );
    expect(namespaces).toEqual(['ours', 'theirs', 'ours']);
  });

  it('is known to be in trouble: by an event, by its health, and by the log, which shows no token', async () => {
    await using scene = openPlugin();
    const { auth, log, tokens, clock } = scene;
    tokens.current = 'quiet-words';
    const received: string[] = [];
    auth.on('health', ({ temporal }) => received.push(temporal.state));
    const connection = new FakeConnection();
    connection.rejection = new Error(`channel ${tokens.current} broke`);
    await make(scene, connection);
    await clock.advance(0);
    expect(received).toEqual(['unreachable']);
    expect(auth.health().temporal.state).toBe('unreachable');
    await clock.advance(2_000);
    expect(log.text()).toMatch(
      /ERROR Temporal does not answer: Cannot reach Temporal for namespace "default": .*\[redacted\]/,
    );
    expect(log.text()).not.toContain(tokens.current);
  });

  it('has no token of the plugin’s own shown either', async () => {
    const fetched = fetchTokens();
    await using scene = openPlugin({
      ...fetched.options,
      applicationName: undefined,
      tokens: undefined,
    } as TemporalAuthOptions);
    const connection = new FakeConnection();
    await make(scene, connection);
    await expect.poll(() => connection.probes).not.toEqual([]);
    connection.rejection = rejectedError;
    await expect
      .poll(async () => {
        await fetched.clock.advance(5_000);
        return connection.told;
      })
      .toEqual(['token-1', 'token-2']);
    // The one before is valid for as long as it lives.
    connection.rejection = new Error('channel token-1 broke');
    await expect
      .poll(async () => {
        await fetched.clock.advance(1_000);
        return fetched.log.text();
      })
      .toMatch(/does not answer: .*\[redacted\]/);
    expect(fetched.log.text()).not.toContain('token-1');
  });

  it('is raised with its certificate where there is no token', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const none = { tokens: undefined };
    await using scene = openPlugin({ ...none, tls: kept.folder.files });
    const connection = new FakeConnection();
    connection.rejection = rejectedError;
    await make(scene, connection);
    await scene.clock.advance(2_000);
    expect(scene.auth.health().conditions).toMatchObject([
      { code: 'TEMPORAL_REJECTS_TOKEN', cause: expect.stringContaining('client certificate') as unknown },
    ]);
  });

  it.each([undefined, true, false])(
    'has its results reported, unless told otherwise (%s)',
    async (acknowledgeResults) => {
      fakeRuntime();
      await using scene = openPlugin({ acknowledgeResults });
      const connection = new FakeConnection();
      const respondActivityTaskCompleted = vi.fn<() => Promise<object>>().mockResolvedValue({});
      Object.assign(connection.workflowService, { respondActivityTaskCompleted });
      const worker = await make(scene, connection);
      const running = run(scene, worker);
      await scene.clock.advance(0);
      const environment = new MockActivityEnvironment(
        {},
        { interceptors: [...worker.options.interceptors.activity] },
      );
      const result = environment.run<[], number, () => Promise<number>>(() => Promise.resolve(42));
      const isReported = acknowledgeResults !== false;
      if (isReported) expect(await rejection(result)).toBeInstanceOf(CompleteAsyncError);
      else expect(await result).toBe(42);
      expect(respondActivityTaskCompleted).toHaveBeenCalledTimes(isReported ? 1 : 0);
      worker.end();
      await running;
    },
  );
});

describe('the run of a worker with the plugin', () => {
  it('that fails ends with its reason, and the results of its activities are reported still', async () => {
    fakeRuntime();
    await using scene = openPlugin();
    const connection = new FakeConnection();
    const respondActivityTaskCompleted = vi.fn<() => Promise<object>>().mockResolvedValue({});
    Object.assign(connection.workflowService, { respondActivityTaskCompleted });
    const worker = await make(scene, connection);
    const running = run(scene, worker);
    worker.reject(transportError('Request unauthorized.'));
    expect(await rejection(running)).toBeInstanceOf(AuthenticationError);
    const { activity } = worker.options.interceptors;
    const environment = new MockActivityEnvironment({}, { interceptors: [...activity] });
    const result = environment.run<[], number, () => Promise<number>>(() => Promise.resolve(42));
    expect(await rejection(result)).toBeInstanceOf(CompleteAsyncError);
  });

  it('is Temporal’s own where nothing is to be presented, and is told of', async () => {
    await using scene = openPlugin({ tokens: undefined });
    const worker = await make(scene);
    const running = run(scene, worker);
    expect(scene.auth.health()).toMatchObject({
      temporal: { state: 'unknown' },
      workers: [{ taskQueue, state: 'RUNNING' }],
    });
    const error = new Error('as it is');
    worker.reject(error);
    expect(await rejection(running)).toBe(error);
  });
});
