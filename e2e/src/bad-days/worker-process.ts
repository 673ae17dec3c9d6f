// A program: one worker that runs until it is killed, and tells its parent what happens. Killed, because a plain worker that has failed
// may hang, and its connection cannot be closed then.
import { activityInfo, sleep } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import {
  AtlanAuthClient,
  type CreateWorkerOptions,
  TemporalWorkflowClient,
} from '@worker-auth/temporal-auth';
import { applicationName } from '../fixtures/real-stack.ts';
import type { Activities } from './workflows.ts';
import {
  closeMessage,
  type WorkerKind,
  type WorkerMessage,
  type WorkerProcessSettings,
} from './worker-messages.ts';

const stateEveryMs = 100;
const memoryEveryMs = 5_000;

const {
  kind,
  taskQueue,
  codePath,
  isSupervised = false,
} = JSON.parse(process.argv[2] ?? '') as WorkerProcessSettings;
const tell = (message: WorkerMessage): void => void process.send?.(message);
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  tell({ kind: 'log', level, message, atMs: Date.now() });
});
const tellToken = (): void => {
  tell({ kind: 'token', atMs: Date.now() });
};
const activities: Activities = {
  async work(ms) {
    tell({
      kind: 'activity',
      workflowId: activityInfo().workflowExecution?.workflowId ?? '',
      atMs: Date.now(),
    });
    await sleep(ms);
  },
};
const options = { taskQueue, activities, workflowBundle: { codePath } };
const simpleMaximum = { type: 'simple-maximum' } as const;
const fixedPollers = {
  workflowTaskPollerBehavior: simpleMaximum,
  activityTaskPollerBehavior: simpleMaximum,
};

/** A worker that runs. */
interface Running {
  readonly done: Promise<void>;
  state(): string;
  shutdown(): void;
  close(): Promise<void>;
}

const exit = (): void => process.exit();
process.on('disconnect', exit);
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { forward: {} } },
});
const makers: Readonly<Record<WorkerKind, () => Promise<Running>>> = {
  autoscaling: () => ours({}),
  fixed: () => ours(fixedPollers),
  control,
};
const worker = await makers[kind]();
const running = worker.done.catch((error: unknown) => {
  tell({ kind: 'log', level: 'ERROR', message: `run() rejected: ${String(error)}`, atMs: Date.now() });
});
process.on('message', (message) => {
  if (message === closeMessage) void close();
});
let told = '';
const stateTimer = setInterval(() => {
  const state = worker.state();
  if (state !== told) tell({ kind: 'state', state });
  told = state;
}, stateEveryMs);
const memoryTimer = setInterval(() => {
  tell({ kind: 'memory', rssMb: process.memoryUsage.rss() / 2 ** 20 });
}, memoryEveryMs);

/** Whatever is open after this keeps the process from its end. */
async function close(): Promise<void> {
  worker.shutdown();
  await running;
  await worker.close();
  clearInterval(stateTimer);
  clearInterval(memoryTimer);
  process.off('disconnect', exit);
  process.disconnect();
}

async function ours(more: Partial<CreateWorkerOptions>): Promise<Running> {
  const client = new TemporalWorkflowClient({ applicationName, logger });
  client.auth.subscribe(tellToken);
  await client.load();
  if (!isSupervised) return plain(await client.createWorker({ ...options, ...more }), () => client.close());
  const leaving = new AbortController();
  return {
    done: client.runWorker({ ...options, ...more, signal: leaving.signal }),
    state: () => client.health().workers.at(-1)?.state ?? 'none',
    shutdown: () => {
      leaving.abort();
    },
    close: () => client.close(),
  };
}

/** Its tokens are refreshed as well as ours: the worker alone is what is compared. */
async function control(): Promise<Running> {
  const auth = new AtlanAuthClient({ applicationName, logger });
  const apiKey = (await auth.getAccessToken()) ?? '';
  const { ATLAN_WORKFLOW_HOST: host = '', ATLAN_WORKFLOW_PORT: port = '' } = process.env;
  const connection = await NativeConnection.connect({ address: `${host}:${port}`, apiKey, tls: false });
  auth.subscribe((token) => {
    tellToken();
    void connection.setApiKey(token);
  });
  await auth.start();
  return plain(await Worker.create({ ...options, connection }), () => connection.close());
}

function plain(made: Worker, closeAll: () => Promise<void>): Running {
  return {
    done: made.run(),
    state: () => made.getState(),
    shutdown: () => {
      // One that has failed is shut down.
      if (made.getState() === 'RUNNING') made.shutdown();
    },
    close: closeAll,
  };
}
