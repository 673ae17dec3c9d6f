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
import type { WorkerKind, WorkerMessage, WorkerProcessSettings } from './worker-messages.ts';

const stateEveryMs = 100;

const {
  kind,
  taskQueue,
  codePath,
  isSupervised = false,
} = JSON.parse(process.argv[2] ?? '') as WorkerProcessSettings;
const send = (message: WorkerMessage): void => void process.send?.(message);
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  send({ kind: 'log', level, message, atMs: Date.now() });
});
const tellToken = (): void => {
  send({ kind: 'token', atMs: Date.now() });
};
const tellEvent = (name: string): void => {
  send({ kind: 'log', level: 'INFO', message: `event: ${name}`, atMs: Date.now() });
};
const activities: Activities = {
  async work(ms) {
    send({
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
}

process.on('disconnect', () => process.exit());
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
worker.done.catch((error: unknown) => {
  send({ kind: 'log', level: 'ERROR', message: `run() rejected: ${String(error)}`, atMs: Date.now() });
});
let lastState = '';
setInterval(() => {
  const state = worker.state();
  if (state !== lastState) send({ kind: 'state', state });
  lastState = state;
}, stateEveryMs);

async function ours(more: Partial<CreateWorkerOptions>): Promise<Running> {
  const client = new TemporalWorkflowClient({ applicationName, logger });
  client.auth.subscribe(tellToken);
  for (const name of ['temporalProbed', 'resultPending'] as const)
    client.on(name, (event) => {
      if (!('result' in event)) tellEvent(name);
      else if (event.result === 'rejected') tellEvent('temporalProbed, rejected');
    });
  client.on('credentialsRejected', tellEvent.bind(undefined, 'credentialsRejected'));
  await client.load();
  if (!isSupervised) return plain(await client.createWorker({ ...options, ...more }));
  return {
    done: client.runWorker({ ...options, ...more }),
    state: () => client.health().workers.at(-1)?.state ?? 'none',
  };
}

/** Its tokens are refreshed as well as ours: the worker alone is what is compared. */
async function control(): Promise<Running> {
  const auth = new AtlanAuthClient({ applicationName, logger });
  const apiKey = (await auth.getAccessToken()) ?? '';
  const { TEMPORAL_ADDRESS: address = '' } = process.env;
  const connection = await NativeConnection.connect({ address, apiKey, tls: false });
  auth.on('credentialsRejected', tellEvent.bind(undefined, 'credentialsRejected'));
  auth.subscribe((token) => {
    tellToken();
    void connection.setApiKey(token);
  });
  await auth.start();
  return plain(await Worker.create({ ...options, connection }));
}

function plain(made: Worker): Running {
  return { done: made.run(), state: () => made.getState() };
}
