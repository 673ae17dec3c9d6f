import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { Client, Connection } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import {
  type ActivityInterceptorsFactory,
  type BundleOptions,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { temporalAuth } from '../src/plugin.ts';
import { expectAuthenticated, extract, pluginOf, taskQueue } from './support/plugin-scene.ts';
import { workflowBundle } from './support/workflow-bundle.ts';
import { failWorker, hangWorker } from './support/failing-worker.ts';
import { quietRuntime } from './support/quiet-runtime.ts';
import { openScene, passUntil, rejection, type Scene, settled } from './support/scene.ts';

type WebpackConfig = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];

beforeAll(quietRuntime);

describe('temporalAuth() is enough', () => {
  it('on the worker and the client alone, which get a connection each; the worker’s is closed at its end', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const client = new Client({ plugins: [auth] });
    expect(await extract(scene, client, { plugins: [auth] })).toBe(42);
    expectAuthenticated(scene);
    await client.connection.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('where the first token is never accepted: no start fails while nobody has tried the second', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene, { newTokenTimeoutMs: 13_000 });
    scene.temporal.injectFault('permissionDenied', { token: 1 });
    const { connection } = await settled(scene, auth.configureWorker({ taskQueue }));
    expect(scene.oauth.issuedTokens).toHaveLength(2);
    await connection?.close();
  });

  it('on everything at once: the hooks that run twice do their work once', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await auth.ready();
    const plugins = [auth];
    const { address } = scene.temporal;
    const native = await NativeConnection.connect({ address, plugins });
    const connection = await Connection.connect({ address, plugins: [auth, auth] });
    const client = new Client({ connection, plugins });
    const activities = { countRows: () => Promise.resolve(42) };
    const worker = await Worker.create({
      taskQueue,
      workflowBundle,
      activities,
      connection: native,
      plugins,
    });
    expect(worker.options.interceptors.activity).toHaveLength(1);
    expect(connection.options.interceptors).toHaveLength(2);
    const running = worker.runUntil(() =>
      client.workflow.execute('extract', { taskQueue, workflowId: 'extract' }),
    );
    expect(await settled(scene, running)).toBe(42);
    expectAuthenticated(scene);
    await connection.close();
    await native.close();
  });

  it('on a client over a connection that knows nothing of it', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await auth.ready();
    const { address } = scene.temporal;
    const connection = Connection.lazy({ address });
    await new Client({ connection, plugins: [auth] }).workflowService.describeNamespace({
      namespace: 'default',
    });
    const native = await NativeConnection.connect(auth.configureNativeConnection({ address }));
    await auth.configureClient({ connection: native }).connection?.workflowService.describeNamespace({
      namespace: 'default',
    });
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(
      Array.from({ length: 2 }, () => scene.issuedFingerprints()[0]),
    );
    await connection.close();
    await native.close();
  });
});

it('an event that there is not is rejected, with the names of those that there are', async () => {
  await using scene = await openScene();
  await using auth = pluginOf(scene);
  await using off = temporalAuth({ env: { WORKER_AUTH_ENABLED: 'false' } });
  for (const one of [auth, off]) {
    expect(() => one.on('tokenRefresht' as never, () => undefined)).toThrow(
      /^There is no event "tokenRefresht"\. The events are tokenRefreshed, .*, health$/,
    );
    one.on('tokenRefreshed', () => undefined)();
    one.on('health', () => undefined)();
  }
});

describe('a running worker', () => {
  it('is told of each new token, and of another one when its own is rejected', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const client = new Client({ plugins: [auth] });
    let runs = 0;
    const countRows = (): Promise<number> => {
      runs++;
      const method = ['RecordWorkerHeartbeat', 'RespondActivityTaskCompleted'];
      scene.temporal.injectFault('permissionDenied', { token: 1, method });
      return Promise.resolve(42);
    };
    expect(await extract(scene, client, { plugins: [auth], activities: { countRows } })).toBe(42);
    expect(runs).toBe(1);
    // A rejected report may come again with the old token while the new one is tried.
    const reportedWith = new Set(scene.temporal.tokensOf('RespondActivityTaskCompleted'));
    expect([...reportedWith]).toEqual(scene.issuedFingerprints());
    await client.connection.close();
  });

  it('keeps the interceptors, pollers and other plugins of the user, and stands before them', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const seen: string[] = [];
    const users: ActivityInterceptorsFactory = () => ({
      inbound: {
        execute: async (input, next) => {
          seen.push('interceptor');
          return next(input);
        },
      },
    });
    const other = {
      name: 'other',
      configureWorker: (options: WorkerOptions) => {
        seen.push('plugin');
        return { ...options, maxCachedWorkflows: 7 };
      },
    };
    const client = new Client({ plugins: [auth] });
    const activityTaskPollerBehavior = { type: 'simple-maximum', maximum: 3 } as const;
    const options = {
      interceptors: { activity: [users] },
      plugins: [other, auth],
      activityTaskPollerBehavior,
    };
    expect(await extract(scene, client, options)).toBe(42);
    expect(seen).toEqual(['plugin', 'interceptor']);
    await client.connection.close();
  });
});

describe('a worker that has failed', () => {
  it.each([
    ['ends', failWorker],
    ['never does', hangWorker],
  ])('has its run() settle with the true reason when that of Temporal %s', async (_how, fail) => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const activities = { countRows: () => Promise.resolve(42) };
    const worker = await Worker.create({ taskQueue, activities, plugins: [auth] });
    const failed = rejection(worker.run());
    fail(worker);
    expect(await settled(scene, failed)).toMatchObject({
      name: 'AuthenticationError',
      code: 'TEMPORAL_AUTH_CALL_REJECTED',
      message: expect.stringContaining('Request unauthorized') as string,
    });
    vi.restoreAllMocks();
  });

  it('has the result told of an activity that was still running', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const client = new Client({ plugins: [auth] });
    const begun = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<number>();
    const countRows = (): Promise<number> => {
      begun.resolve(undefined);
      return end.promise;
    };
    const connection = await NativeConnection.connect(
      (await auth.ready(), auth.configureNativeConnection({ address: scene.temporal.address })),
    );
    const options = { taskQueue, workflowBundle, activities: { countRows }, connection };
    const worker = await Worker.create({ ...options, plugins: [auth] });
    const failed = rejection(worker.run());
    const handle = await client.workflow.start('extract', { taskQueue, workflowId: 'extract' });
    await begun.promise;
    hangWorker(worker);
    await settled(scene, failed);
    end.resolve(42);
    await passUntil(scene, () => scene.temporal.tokensOf('RespondActivityTaskCompleted').length > 0);
    const after = await Worker.create({
      ...{ workflowBundle, taskQueue, activities: { countRows } },
      connection: await NativeConnection.connect(
        auth.configureNativeConnection({ address: scene.temporal.address }),
      ),
      plugins: [auth],
    });
    expect(await settled(scene, after.runUntil(handle.result()) as Promise<unknown>)).toBe(42);
    await client.connection.close();
    vi.restoreAllMocks();
  });
});

describe('a native connection by connectNative()', () => {
  it('waits for the token, has the options that are given, and brings its workers the plugin', async () => {
    await using scene = await openScene();
    const authorization = 'Bearer of-the-profile';
    const env = { TEMPORAL_API_KEY: 'of-the-profile', TEMPORAL_GRPC_META_AUTHORIZATION: authorization };
    await using auth = pluginOf(scene, { env, tls: false });
    const metadata = { 'x-tenant': 'a', Authorization: authorization };
    const connection = await auth.connectNative({ apiKey: 'of-the-profile', metadata });
    const client = new Client({ plugins: [auth] });
    expect(await extract(scene, client, { connection })).toBe(42);
    expectAuthenticated(scene);
    // One is the start's.
    expect(scene.temporal.tokensOf('RecordWorkerHeartbeat').length).toBeGreaterThan(1);
    const polls = scene.temporal.calls.filter(({ method }) => method === 'PollActivityTaskQueue');
    expect(polls[0]?.metadata['x-tenant']).toBe('a');
    await client.connection.close();
    await connection.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('gets each new token before there is a worker', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const connection = await auth.connectNative();
    await scene.clock.advance(1_700_000);
    const ask = () => connection.workflowService.describeNamespace({ namespace: 'default' });
    await passUntil(scene, async () => {
      await ask();
      return scene.temporal.tokensOf('DescribeNamespace').at(-1) === scene.issuedFingerprints()[1];
    });
    await connection.close();
  });

  it('asks in the namespace of the workers', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene, { newTokenTimeoutMs: 0 });
    scene.temporal.failWith(({ namespace }) => (namespace === 'default' ? 'permissionDenied' : undefined));
    expect(await rejection(auth.connectNative())).toMatchObject({ kind: 'authentication' });
    await (await auth.connectNative({ namespace: 'extraction' })).close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });
});

describe('a moment without a valid token', () => {
  /** Ends the token while there is no other. */
  function endToken({ oauth, clock }: Scene): void {
    oauth.failWith('unavailable503');
    clock.suspend(3_601_000);
  }

  const execute = (client: Client): Promise<unknown> =>
    client.workflow.execute('extract', { taskQueue, workflowId: 'extract' });

  const activities = { countRows: () => Promise.resolve(42) };

  it('while the workflows are bundled is waited for', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const webpackConfigHook = (config: WebpackConfig): WebpackConfig => ({
      ...config,
      plugins: [
        ...(config.plugins ?? []),
        {
          apply: ({ hooks }) => {
            hooks.done.tap('test', () => {
              endToken(scene);
            });
          },
        },
      ],
    });
    const workflowsPath = fileURLToPath(new URL('support/workflows.ts', import.meta.url));
    const options = { taskQueue, activities, workflowsPath, bundlerOptions: { webpackConfigHook } };
    const logged = vi.spyOn(Runtime.instance().logger, 'log');
    const bundled = (): boolean => logged.mock.calls.some(([, line]) => line === 'Workflow bundle created');
    const creation = Worker.create({ ...options, plugins: [auth] });
    const failed = (): number => scene.oauth.requests.length;
    await passUntil(scene, () => failed() > 5 || bundled());
    expect(bundled()).toBe(false);
    scene.oauth.recover();
    const worker = await settled(scene, creation);
    expect(bundled()).toBe(true);
    const client = new Client({ plugins: [auth] });
    expect(await settled(scene, worker.runUntil(execute(client)))).toBe(42);
    await client.connection.close();
  });

  it.each([true, false])(
    'when a worker runs holds its polls, not its state and its end (workflows: %s)',
    async (hasWorkflows) => {
      // Core waits 5 s after a rejected poll, also at the end, and polls for workflows that have begun are not held.
      await using scene = await openScene({ acceptToken: () => true });
      await using auth = pluginOf(scene);
      const workflows = hasWorkflows ? { workflowBundle } : {};
      const worker = await Worker.create({ taskQueue, activities, ...workflows, plugins: [auth] });
      endToken(scene);
      const running = worker.run();
      expect(worker.getState()).toBe('RUNNING');
      worker.shutdown();
      await settled(scene, running);
      expect(scene.temporal.tokensOf('PollActivityTaskQueue')).toEqual([]);
    },
  );

  it('when a worker runs is waited for, with the client of its activities', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const seen: unknown[] = [];
    const countRows = (): number => {
      seen.push(Context.current().client.options.namespace);
      return 42;
    };
    const worker = await Worker.create({
      taskQueue,
      activities: { countRows },
      workflowBundle,
      plugins: [auth],
    });
    endToken(scene);
    const client = new Client({ plugins: [auth] });
    const rejectedBefore = scene.temporal.totals.rejected;
    const running = worker.runUntil(async () => {
      await scene.clock.advance(5_000);
      expect(scene.temporal.tokensOf('PollActivityTaskQueue')).toEqual([]);
      scene.oauth.recover();
      await auth.ready();
      return execute(client);
    });
    expect(await settled(scene, running)).toBe(42);
    expect(seen).toEqual(['default']);
    expect(scene.temporal.totals.rejected - rejectedBefore).toBeLessThan(10);
    await client.connection.close();
  });

  it('does not keep a bundle alone, which needs none', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const workflowsPath = fileURLToPath(new URL('support/workflows.ts', import.meta.url));
    const logger = new DefaultLogger('ERROR');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger, plugins: [auth] });
    expect([code.length > 0, scene.oauth.requests.length]).toEqual([true, 0]);
  });
});

describe('what Temporal asks without a wait', () => {
  it('is a clear error for a native connection when ready() was forgotten', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const opening = NativeConnection.connect({ address: scene.temporal.address, plugins: [auth] });
    expect(await rejection(opening)).toMatchObject({
      name: 'ConfigurationError',
      code: 'TEMPORAL_AUTH_NOT_READY',
      message: expect.stringContaining('await auth.ready()') as string,
    });
    expect(scene.temporal.connectionsSeen).toBe(0);
  });

  it.each([
    ['apiKey', { apiKey: 'own' }],
    ['"Authorization" in its metadata', { metadata: { Authorization: 'Bearer own' } }],
    [
      'callCredentials',
      { callCredentials: [grpc.CallCredentials.createFromMetadataGenerator(() => undefined)] },
    ],
  ])('rejects %s beside the token, wherever the plugin is given', async (source, options) => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await auth.ready();
    const error = new TypeError(
      `The connection has ${source}, and the plugin sets the access token: leave one of them out`,
    );
    const { address } = scene.temporal;
    expect(() => Connection.lazy({ address, ...options, plugins: [auth] })).toThrow(error);
    // Once it is open call credentials cannot be seen.
    if ('callCredentials' in options) return;
    expect(await rejection(NativeConnection.connect({ address, ...options, plugins: [auth] }))).toEqual(
      error,
    );
    expect(await rejection(auth.connectNative({ address, ...options }))).toEqual(error);
    const connection = Connection.lazy({ address, ...options });
    expect(() => new Client({ connection, plugins: [auth] })).toThrow(error);
    await connection.close();
    expect(scene.temporal.connectionsSeen).toBe(0);
  });
});

describe('where tokens come from', () => {
  it('may be the credentials of the application that ATLAN_APPLICATION_NAME names', async () => {
    await using scene = await openScene();
    const { clientId, clientSecret } = scene.oauth;
    const env = {
      ATLAN_APPLICATION_NAME: 'postgres-extraction',
      ATLAN_postgres_extraction_client_id: clientId,
      ATLAN_postgres_extraction_client_secret: clientSecret,
    };
    const unnamed = { applicationName: undefined, clientId: undefined, clientSecret: undefined };
    await using auth = pluginOf(scene, { ...unnamed, env });
    await auth.ready();
    expect(scene.oauth.issuedTokens).toHaveLength(1);
  });
});
