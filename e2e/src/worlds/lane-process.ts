// A program: a lane, ours or plain, that works until SIGTERM. It tells its parent what happens.
import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { AtlanAuthClient, temporalAuth, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { openBeside } from './beside.ts';
import type { LaneMessage, LaneServersSettings, LaneSettings } from './lane.ts';
import { openLaneProxy } from './proxied-lane.ts';
import type { Activities } from './workflows.ts';

const largeBytes = 1_500_000;
const simpleMaximum = { type: 'simple-maximum' } as const;
const settings = JSON.parse(process.argv[2] ?? '') as LaneSettings;
const { kind, taskQueue, namespaces, codePath, connection, slots, way, servers } = settings;
const { applicationName = '', pollers } = settings;
const address = servers === undefined ? (process.env['TEMPORAL_ADDRESS'] ?? '') : `127.0.0.1:${servers.port}`;
const send = (message: LaneMessage): void => {
  if (process.connected) process.send?.(message);
};
const sendEvent = (name: string): void => {
  send({ kind: 'event', name, atMs: Date.now() });
};
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  send({ kind: 'log', level, message, atMs: Date.now() });
});
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    send({ kind: 'unhandled', message: String(error) });
  });
}
const activities: Activities = {
  async work(itemKind, seconds) {
    const { attempt, workflowExecution, ...info } = activityInfo();
    const before: unknown = info.heartbeatDetails;
    send({ kind: 'activity', workflowId: workflowExecution?.workflowId ?? '', atMs: Date.now() });
    if (itemKind === 'failing' && attempt === 1) {
      heartbeat(changing('heartbeat'));
      await sleep(200);
      throw ApplicationFailure.create({ message: 'the first attempt fails', details: [changing('error')] });
    }
    if (itemKind === 'elsewhere') throw new CompleteAsyncError();
    const endsAtMs = Date.now() + seconds * 1_000;
    const beats = itemKind === 'beating' || itemKind === 'cancelled';
    while (Date.now() < endsAtMs) {
      if (beats) heartbeat();
      await sleep(Math.min(beats ? 500 : Infinity, Math.max(0, endsAtMs - Date.now())));
    }
    return changing(itemKind === 'large' ? 'x'.repeat(largeBytes) : itemKind, before);
  },
};
const options = {
  ...{ taskQueue, activities, workflowBundle: { codePath }, shutdownGraceTime: '10 seconds' as const },
  ...(slots !== undefined && { maxConcurrentActivityTaskExecutions: slots }),
  ...(pollers === 'fixed' && {
    workflowTaskPollerBehavior: simpleMaximum,
    activityTaskPollerBehavior: simpleMaximum,
  }),
};
Runtime.install({
  logger,
  telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
});
await work().catch((error: unknown) => {
  send({ kind: 'log', level: 'ERROR', message: `failed: ${String(error)}`, atMs: Date.now() });
  // As any program whose last error nobody catches.
  setImmediate(() => process.exit(1));
});
if (process.connected) process.disconnect();

function work(): Promise<void> {
  if (way !== undefined) return beside(way);
  if (kind === 'ours') return servers !== undefined && connection === 'proxy' ? behindProxy(servers) : ours();
  return servers === undefined ? plainOfApplication() : plain(servers);
}

/** What is handed over and goes on changing: whoever reads it sees it as it was. */
function changing(text: string, before?: unknown): unknown {
  const handedOver = { text, before, wasChanged: 'no' };
  setImmediate(() => (handedOver.wasChanged = 'YES'));
  return handedOver;
}

/** A worker beside that of the lane. */
async function beside({ address: where, apiKey }: NonNullable<typeof way>): Promise<void> {
  const native = await NativeConnection.connect({
    address: where,
    ...(apiKey !== undefined && { apiKey }),
  });
  await run(await createWorkers({ connection: native }));
}

/** With the credentials of a file, or those of the application in the environment. */
function credentialsOf({ port, authUrl, clientId, secretFile }: LaneServersSettings) {
  const get = () =>
    Promise.resolve({ clientId, clientSecret: readFileSync(secretFile, 'utf8'), source: 'a file' });
  return {
    ...{ env: { WORKER_AUTH_TOKEN_URL: authUrl }, host: '127.0.0.1', port },
    credentials: { get, invalidate: () => undefined },
  };
}

async function ours(): Promise<void> {
  const origin = { logger, ...(servers === undefined ? { applicationName } : credentialsOf(servers)) };
  const isClient = servers === undefined || connection === 'supervised';
  await using auth = isClient ? new TemporalWorkflowClient(origin) : temporalAuth(origin);
  auth.on('resultAbandoned', ({ workflowId = '' }) => {
    send({ kind: 'abandoned', workflowId });
  });
  auth.on('temporalProbed', ({ result }) => {
    if (result === 'rejected') sendEvent('temporalProbed');
  });
  for (const name of ['tokenRefreshed', 'resultPending', 'credentialsRejected'] as const)
    auth.on(name, () => {
      sendEvent(name);
    });
  const timer = setInterval(() => {
    send({ kind: 'health', temporal: auth.health().temporal.state, atMs: Date.now() });
  }, 500);
  try {
    if (!(auth instanceof TemporalWorkflowClient)) {
      const native = connection === 'user' ? await auth.connectNative({ address }) : undefined;
      await run(await createWorkers(native === undefined ? { plugins: [auth] } : { connection: native }));
      await native?.close();
    } else if (connection === 'supervised') {
      await watched(() => auth.health().workers.at(-1)?.state ?? 'none', auth.runWorker(options));
    } else {
      await auth.load();
      await run([await auth.createWorker(options)]);
    }
  } finally {
    clearInterval(timer);
  }
}

/** A worker without a credential, and without anything of this repository. */
async function behindProxy(lane: LaneServersSettings): Promise<void> {
  const proxy = await openLaneProxy(lane, send);
  try {
    const native = await NativeConnection.connect({ address: proxy.address });
    const workers = await createWorkers({ connection: native });
    const end = await openBeside(settings, { address: proxy.address }, send);
    await run(workers);
    end();
    await native.close();
  } finally {
    process.exitCode = await proxy.end();
  }
}

/** What a user writes without this repository. */
async function plain(lane: LaneServersSettings): Promise<void> {
  const first = await fetchToken(lane);
  const native = await NativeConnection.connect({ address, apiKey: first.access_token, tls: false });
  let timer: NodeJS.Timeout | undefined;
  const refreshAfter = ({ expires_in: seconds }: Token): void => {
    timer = setTimeout(() => {
      void fetchToken(lane).then(async (token) => {
        await native.setApiKey(token.access_token);
        refreshAfter(token);
      });
    }, seconds * 800);
  };
  refreshAfter(first);
  const workers = await createWorkers({ connection: native });
  const end = await openBeside(settings, { address, apiKey: first.access_token }, send);
  await run(workers);
  end();
  clearTimeout(timer);
  await native.close();
}

/** Its tokens are refreshed as well as ours: the worker alone is what is compared. */
async function plainOfApplication(): Promise<void> {
  const auth = new AtlanAuthClient({ applicationName, logger });
  const apiKey = (await auth.getAccessToken()) ?? '';
  const native = await NativeConnection.connect({ address, apiKey, tls: false });
  auth.on('credentialsRejected', () => {
    sendEvent('credentialsRejected');
  });
  auth.subscribe((token) => {
    sendEvent('tokenRefreshed');
    void native.setApiKey(token);
  });
  await auth.start();
  await run(await createWorkers({ connection: native }));
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}

async function fetchToken({ authUrl, clientId, secretFile }: LaneServersSettings): Promise<Token> {
  for (;;) {
    const secret = { client_id: clientId, client_secret: readFileSync(secretFile, 'utf8') };
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...secret });
    const response = await fetch(authUrl, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    if (response?.ok === true) return (await response.json()) as Token;
    await wait(1_000);
  }
}

function createWorkers(more: Pick<WorkerOptions, 'connection' | 'plugins'>): Promise<readonly Worker[]> {
  return Promise.all(namespaces.map((namespace) => Worker.create({ ...options, ...more, namespace })));
}

function run(workers: readonly Worker[]): Promise<void> {
  const stateOfAll = (): string => {
    const states = new Set(workers.map((worker) => worker.getState()));
    return states.has('FAILED') ? 'FAILED' : [...states].join(', ');
  };
  return watched(stateOfAll, Promise.all(workers.map((worker) => worker.run())));
}

async function watched(stateOfAll: () => string, running: Promise<unknown>): Promise<void> {
  let lastState = '';
  const timer = setInterval(() => {
    const state = stateOfAll();
    if (state !== lastState) send({ kind: 'state', state, atMs: Date.now() });
    lastState = state;
  }, 50);
  try {
    await running;
  } finally {
    clearInterval(timer);
    send({ kind: 'state', state: stateOfAll(), atMs: Date.now() });
  }
}
