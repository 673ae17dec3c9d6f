// A program: a lane of a world, ours or plain, that works until SIGTERM. It tells its parent what happens.
import { activityInfo, heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { temporalAuth } from '@worker-auth/temporal-auth';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { LaneMessage, LaneSettings } from './lane.ts';
import type { Activities } from './workflows.ts';

const largeBytes = 1_500_000;
const settings = JSON.parse(process.argv[2] ?? '') as LaneSettings;
const { kind, taskQueue, namespaces, codePath, port, authUrl, clientId, secretFile } = settings;
const { journal, connection } = settings;
const address = `127.0.0.1:${port}`;
const tell = (message: LaneMessage): void => {
  if (process.connected) process.send?.(message);
};
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  tell({ kind: 'log', level, message, atMs: Date.now() });
});
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    tell({ kind: 'unhandled', message: String(error) });
  });
}
const activities: Activities = {
  async work(itemKind, seconds) {
    const { attempt, workflowExecution } = activityInfo();
    appendFileSync(journal, `${workflowExecution?.workflowId ?? ''} ${attempt}\n`);
    if (itemKind === 'failing' && attempt === 1)
      throw ApplicationFailure.create({ message: 'the first attempt fails' });
    const endsAtMs = Date.now() + seconds * 1_000;
    const beats = itemKind === 'beating' || itemKind === 'cancelled';
    while (Date.now() < endsAtMs) {
      if (beats) heartbeat();
      await sleep(Math.min(beats ? 500 : Infinity, Math.max(0, endsAtMs - Date.now())));
    }
    return itemKind === 'large' ? 'x'.repeat(largeBytes) : itemKind;
  },
};
const options: WorkerOptions = {
  ...{ taskQueue, activities, workflowBundle: { codePath }, shutdownGraceTime: '10 seconds' },
};
Runtime.install({
  logger,
  telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
});
await (kind === 'ours' ? ours() : plain()).catch((error: unknown) => {
  tell({ kind: 'log', level: 'ERROR', message: `failed: ${String(error)}`, atMs: Date.now() });
  // As any program whose last error nobody catches.
  setImmediate(() => process.exit(1));
});
if (process.connected) process.disconnect();

async function ours(): Promise<void> {
  await using auth = temporalAuth({
    ...{ env: { WORKER_AUTH_TOKEN_URL: authUrl }, logger, host: '127.0.0.1', port },
    credentials: {
      get: () =>
        Promise.resolve({ clientId, clientSecret: readFileSync(secretFile, 'utf8'), source: 'a file' }),
      invalidate: () => undefined,
    },
  });
  auth.on('resultAbandoned', ({ workflowId = '' }) => {
    tell({ kind: 'abandoned', workflowId });
  });
  const timer = setInterval(() => {
    tell({ kind: 'health', temporal: auth.health().temporal.state, atMs: Date.now() });
  }, 500);
  try {
    if (connection === 'plugin') {
      await run(await createWorkers({ plugins: [auth] }));
      return;
    }
    const native = await auth.connectNative({ address });
    await run(await createWorkers({ connection: native }));
    await native.close();
  } finally {
    clearInterval(timer);
  }
}

/** What a user writes without this repository. */
async function plain(): Promise<void> {
  const first = await fetchToken();
  const native = await NativeConnection.connect({ address, apiKey: first.access_token, tls: false });
  let timer: NodeJS.Timeout | undefined;
  const refreshAfter = ({ expires_in: seconds }: Token): void => {
    timer = setTimeout(() => {
      void fetchToken().then(async (token) => {
        await native.setApiKey(token.access_token);
        refreshAfter(token);
      });
    }, seconds * 800);
  };
  refreshAfter(first);
  await run(await createWorkers({ connection: native }));
  clearTimeout(timer);
  await native.close();
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}

async function fetchToken(): Promise<Token> {
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

async function run(workers: readonly Worker[]): Promise<void> {
  let told = '';
  const stateOfAll = (): string => {
    const states = new Set(workers.map((worker) => worker.getState()));
    return states.has('FAILED') ? 'FAILED' : [...states].join(', ');
  };
  const timer = setInterval(() => {
    const state = stateOfAll();
    if (state !== told) tell({ kind: 'state', state, atMs: Date.now() });
    told = state;
  }, 50);
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    clearInterval(timer);
    tell({ kind: 'state', state: stateOfAll(), atMs: Date.now() });
  }
}
