import { Connection } from '@temporalio/client';
import {
  FakeClock,
  FakeTemporalFrontend,
  type FakeTemporalFrontendOptions,
  MockOAuthServer,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import { TemporalProxy, type ProxyOptions } from '../../src/proxy/proxy.ts';
import { listen } from '../../src/token-server.ts';
import type { AnyAuthOptions, PlaceSettings } from '@worker-auth/calls/settings/auth-options';
import { readSettings } from '@worker-auth/calls/settings/settings';
import { readApplication } from '@worker-auth/calls/tokens/application';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { passUntil, settled } from '@worker-auth/calls/tests/pass-until';

export type WorkerCalls = Connection['workflowService'];

/** A proxy before a Temporal in memory. */
export interface ProxyScene extends AsyncDisposable {
  readonly temporal: FakeTemporalFrontend;
  readonly oauth: MockOAuthServer;
  readonly log: RecordingLogger;
  readonly proxy: TemporalProxy;
  /** `host:port`. */
  readonly address: string;
  /** As a worker makes them, with nothing of ours, and no retries. */
  readonly worker: WorkerCalls;
  readonly connection: Connection;
  /** Makes a call of the worker that has so many ms. */
  readonly within: <T>(ms: number, call: () => Promise<T>) => Promise<T>;
  /** Has an activity handed out through the proxy; gives its task token. */
  activity(id: string, startToCloseSeconds?: number): Promise<Uint8Array>;
}

type ProxyLimits = Pick<ProxyOptions, 'bounds' | 'earlyOkMs'> &
  Partial<Pick<ProxyOptions, 'bearer' | 'bearerFile' | 'certificate'>>;

export interface ProxySceneOptions extends Partial<ProxyLimits> {
  readonly frontend?: FakeTemporalFrontendOptions;
  readonly permissions?: readonly string[];
  /** By which the proxy waits. Default the host's. */
  readonly clock?: FakeClock;
  readonly settings?: (temporal: FakeTemporalFrontend) => Pick<PlaceSettings, 'tls' | 'ca' | 'env'>;
}

/** A proxy, and a worker's connection to it. */
export interface RunningProxy extends AsyncDisposable {
  readonly proxy: TemporalProxy;
  /** `host:port`. */
  readonly address: string;
  readonly connection: Connection;
}

/** Starts a proxy by the options of a client. */
export async function startProxy(
  { host, port, tls, ...options }: AnyAuthOptions & Pick<PlaceSettings, 'host' | 'port' | 'tls'>,
  more: ProxyLimits,
): Promise<RunningProxy> {
  await using started = new AsyncDisposableStack();
  const { tokens, common } = readApplication(options);
  if (tokens === undefined) throw new Error('Authentication is on');
  started.use(tokens);
  const settings = readSettings({ host, port, tls, env: {} }, common);
  const open = { host: '127.0.0.1', bearer: undefined, bearerFile: undefined, certificate: undefined };
  const proxy = new TemporalProxy({ settings, tokens, ...open, ...more });
  await proxy.ready();
  started.defer(() => proxy.close(0).then(() => undefined));
  const url = await listen(proxy.door.server, { host: '127.0.0.1', port: 0 }, undefined);
  const address = url.replace('http://', '');
  const connection = Connection.lazy({ address, tls: false, interceptors: [] });
  started.defer(() => connection.close());
  const owned = started.move();
  return { proxy, address, connection, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const queue = { taskQueue: { name: 'extraction' } };

export async function openProxyScene(options: ProxySceneOptions = {}): Promise<ProxyScene> {
  await using started = new AsyncDisposableStack();
  const { bounds = { results: 100, bytes: 1e6, perQueue: 100 }, frontend, permissions } = options;
  const { bearer, bearerFile, certificate, clock } = options;
  const oauth = started.use(await MockOAuthServer.start(permissions && { permissions }));
  const temporal = started.use(await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl, ...frontend }));
  const log = new RecordingLogger();
  const settings = options.settings?.(temporal) ?? {};
  const running = await startProxy(
    { ...authOptions(oauth), host: '127.0.0.1', port: temporal.port, logger: log, clock, ...settings },
    {
      ...{ bounds, bearer, bearerFile, certificate },
      earlyOkMs: 'earlyOkMs' in options ? options.earlyOkMs : 100,
    },
  );
  const { proxy, address, connection } = started.use(running);
  const worker = connection.workflowService;
  const within: ProxyScene['within'] = (ms, call) => connection.withDeadline(Date.now() + ms, call);
  const owned = started.move();
  return {
    ...{ temporal, oauth, log, proxy, address, connection, worker, within },
    async activity(id, seconds = 60) {
      const named = {
        namespace: 'default',
        workflowId: id,
        requestId: id,
        workflowType: { name: 'extract' },
      };
      await worker.startWorkflowExecution({ ...named, ...queue });
      const { taskToken } = await worker.pollWorkflowTaskQueue({ namespace: 'default', ...queue });
      const scheduleActivityTaskCommandAttributes = {
        ...{ activityId: id, activityType: { name: 'countRows' }, ...queue },
        startToCloseTimeout: { seconds: seconds as never },
      };
      const commands = [{ commandType: 1, scheduleActivityTaskCommandAttributes }];
      await worker.respondWorkflowTaskCompleted({ namespace: 'default', taskToken, commands });
      const task = await worker.pollActivityTaskQueue({ namespace: 'default', ...queue });
      return task.taskToken;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A proxy whose time passes only while the test waits for something. */
export interface StillScene extends ProxyScene {
  readonly clock: FakeClock;
  readonly passUntil: (condition: () => boolean | Promise<boolean>) => Promise<void>;
  /** Lets time pass until it is settled, and gives what it came to. */
  readonly settled: <T>(promise: Promise<T>) => Promise<T>;
}

export async function openStillScene(options: ProxySceneOptions = {}): Promise<StillScene> {
  const clock = new FakeClock({ wallMs: Date.now() });
  const scene = await openProxyScene({ clock, ...options });
  const passing = { clock, log: scene.log };
  return {
    ...scene,
    clock,
    passUntil: (condition) => passUntil(passing, condition),
    settled: (promise) => settled(passing, promise),
  };
}
