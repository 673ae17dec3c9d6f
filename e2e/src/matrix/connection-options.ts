import { credentials as grpc, type Interceptor, InterceptingCall } from '@grpc/grpc-js';
import { Emitter, readInstant, RefreshScheduler, systemClock } from '@worker-auth/refresh-scheduler';
import { fileTokenSource, TokenManager, tokenSink, type TokenSource } from '@worker-auth/token-manager';
import { join } from 'node:path';
import { type Cell, without } from './cell.ts';
import { type Form, giving, ownCredentials, withCredentials, writtenToken } from './sources.ts';
import { ownClock, ownLogger } from './own-ports.ts';

/** A source whose tokens a `RefreshScheduler` refreshes. */
function scheduledSource(): TokenSource & AsyncDisposable & { readonly given: readonly string[] } {
  const given: string[] = ['old'];
  const emitter = new Emitter<{ token: string }>({ token: true });
  const scheduler = new RefreshScheduler<string>({
    refresh: () => {
      const token = `scheduled-${given.length}`;
      given.push(token);
      return Promise.resolve({ value: token, obtainedAt: readInstant(systemClock), lifetimeMs: 60_000 });
    },
    ...{ clock: ownClock, random: Math.random, keepAlive: false, refreshTimeoutMs: 5_000 },
    ...{ policy: { ratio: 0.5 }, backoff: { initialMs: 100 }, hintsOf: () => ({}) },
    // So much of its life is over that it is refreshed at once.
    initialLease: {
      ...{ value: 'old', lifetimeMs: 10_000 },
      obtainedAt: { monotonicMs: systemClock.monotonicNow() - 9_000, wallMs: systemClock.wallNow() - 9_000 },
    },
  });
  scheduler.on('refreshed', ({ lease }) => {
    emitter.emit('token', lease.value);
  });
  return {
    given,
    getToken: async ({ signal } = {}) =>
      scheduler.lease?.value ?? (await scheduler.refreshNow({ signal })).value,
    peek: () => scheduler.lease?.value,
    subscribe: (listener) => emitter.on('token', listener),
    [Symbol.asyncDispose]: async () => {
      await scheduler.stop();
    },
  };
}

function withMetadata(cell: Cell): void {
  const tenants = new Set(cell.temporal.calls.map(({ metadata }) => metadata['x-tenant']));
  if (!tenants.has('one')) throw new Error(`The metadata x-tenant was ${[...tenants].join(', ')}`);
}

const addingTenant: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start: (metadata, listener, next) => {
      metadata.set('x-tenant', 'one');
      next(metadata, listener);
    },
  });

const profile = (cell: Cell): string => `[profile.apps]
address = "${cell.temporal.address}"
namespace = "default"
[profile.apps.tls]
disabled = true
[profile.apps.grpc_meta]
x-tenant = "one"
`;

/** Token sources of one's own, by their options; and what a connection is opened with. */
export const connectionForms: readonly Form[] = Object.freeze<Form[]>([
  {
    title: 'fileTokenSource(…) with all options',
    isForDoctor: false,
    options: async (cell) => {
      const tokens = fileTokenSource(await writtenToken(cell), {
        ...{ clock: ownClock, random: Math.random, defaultLifetimeMs: 90_000 },
      });
      return { ...cell.place, tokens: cell.use(tokens) };
    },
  },
  {
    title: 'tokens: new TokenManager(…) with a credential source of your own',
    isForDoctor: false,
    options: (cell) => {
      const credentials = ownCredentials(cell);
      const tokens = new TokenManager({ issuer: cell.oauth.issuer, credentials, clock: ownClock });
      return { ...cell.place, tokens: cell.use(tokens), clock: ownClock };
    },
  },
  {
    title: 'tokens: fileTokenSource(…) of a file that tokenSink(…) writes',
    isForDoctor: false,
    options: async (cell) => {
      const { oauth, credentials } = cell;
      const path = join(cell.folder.path, 'sunk');
      const detailsPath = join(cell.folder.path, 'sunk.json');
      const manager = cell.use(new TokenManager({ tokenUrl: oauth.tokenUrl, credentials }));
      const more = { groupId: process.getgid?.(), onErrorChange: () => undefined, clock: ownClock };
      const sink = cell.use(tokenSink(manager, { path, detailsPath, ...more }));
      await manager.getToken();
      await sink.written();
      return { ...cell.place, tokens: cell.use(fileTokenSource(path)) };
    },
  },
  {
    title: 'a token source of your own over a RefreshScheduler',
    isForDoctor: false,
    options: (cell) => ({ ...cell.place, tokens: cell.use(giving(cell, scheduledSource())) }),
  },
  {
    title: 'a logger of your own',
    isForDoctor: false,
    options: (cell) => {
      const logger = ownLogger();
      loggers.set(cell, logger);
      return { ...withCredentials(cell), logger };
    },
    arrives: (cell) => {
      if (loggers.get(cell)?.lines.length === 0) throw new Error('The logger got nothing');
    },
  },
  {
    title: 'metadata',
    options: (cell) => ({ ...withCredentials(cell), metadata: { 'X-Tenant': 'one' } }),
    arrives: withMetadata,
  },
  {
    title: 'connection with interceptors, channelArgs, callCredentials and plugins',
    options: (cell) => ({
      ...withCredentials(cell),
      connection: {
        ...{ interceptors: [addingTenant], callCredentials: [], plugins: [] },
        channelArgs: { 'grpc.keepalive_time_ms': 20_000 },
      },
    }),
    arrives: withMetadata,
  },
  {
    title: 'connection with credentials',
    options: (cell) => ({ ...withCredentials(cell), connection: { credentials: grpc.createInsecure() } }),
  },
  {
    title: 'times of the connection',
    options: (cell) => ({
      ...withCredentials(cell),
      ...{ connectTimeoutMs: 30_000, bootTimeoutMs: 0, newTokenTimeoutMs: 0 },
    }),
  },
  {
    title: 'profile: a name, in a file',
    options: async (cell) => {
      const options = without(withCredentials(cell), 'host', 'port', 'namespace');
      const env = { TEMPORAL_CONFIG_FILE: await cell.folder.write('temporal.toml', profile(cell)) };
      return { ...options, profile: 'apps', env };
    },
    arrives: withMetadata,
  },
  {
    title: 'port, a text, and TEMPORAL_NAMESPACE',
    servers: { temporal: { namespaces: ['default', 'apps'] } },
    options: (cell) => {
      const options = without(withCredentials(cell), 'namespace');
      return { ...options, port: String(cell.temporal.port), env: { TEMPORAL_NAMESPACE: 'apps' } };
    },
    arrives: ({ temporal }) => {
      const names = new Set(temporal.calls.map(({ namespace }) => namespace));
      if (!names.has('apps')) throw new Error(`The namespace was ${[...names].join(', ')}`);
    },
  },
]);

const loggers = new WeakMap<Cell, ReturnType<typeof ownLogger>>();

/** What the native connection of workers is opened with. */
export const workerForms: readonly Form[] = Object.freeze<Form[]>([
  {
    title: 'nativeConnection with compression and plugins',
    options: (cell) => ({
      ...withCredentials(cell),
      nativeConnection: { grpcCompression: { codec: 'gzip' }, plugins: [] },
    }),
  },
  {
    title: 'acknowledgeResults: false',
    options: (cell) => ({ ...withCredentials(cell), acknowledgeResults: false }),
  },
  {
    title: 'pendingResultsShare',
    options: (cell) => ({ ...withCredentials(cell), pendingResultsShare: 0 }),
  },
  {
    title: 'shutdownTimeoutMs',
    options: (cell) => ({ ...withCredentials(cell), shutdownTimeoutMs: 1_000 }),
  },
]);
