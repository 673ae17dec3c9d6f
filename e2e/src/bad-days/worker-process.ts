// A program: one worker that runs until it is killed, and tells its parent what happens. Killed, because a plain worker that has failed
// may hang, and its connection cannot be closed then.
import { activityInfo, sleep } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { AtlanAuthClient, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { applicationName } from '../fixtures/real-stack.ts';
import type { Activities } from './workflows.ts';
import type { WorkerKind, WorkerMessage, WorkerProcessSettings } from './worker-messages.ts';

const stateEveryMs = 100;
const simpleMaximum = { type: 'simple-maximum' } as const;

const { kind, taskQueue, codePath } = JSON.parse(process.argv[2] ?? '') as WorkerProcessSettings;
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

process.on('disconnect', () => process.exit());
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { forward: {} } },
});
const makers: Readonly<Record<WorkerKind, () => Promise<Worker>>> = {
  autoscaling: () => ours({}),
  fixed: () => ours({ workflowTaskPollerBehavior: simpleMaximum, activityTaskPollerBehavior: simpleMaximum }),
  control,
};
const worker = await makers[kind]();
worker.run().catch((error: unknown) => {
  tell({ kind: 'log', level: 'ERROR', message: `run() rejected: ${String(error)}`, atMs: Date.now() });
});
let told = '';
setInterval(() => {
  const state = worker.getState();
  if (state !== told) tell({ kind: 'state', state });
  told = state;
}, stateEveryMs);

async function ours(pollers: Partial<WorkerOptions>): Promise<Worker> {
  const client = new TemporalWorkflowClient({ applicationName, logger });
  client.auth.subscribe(tellToken);
  await client.load();
  return client.createWorker({ ...options, ...pollers });
}

/** Its tokens are renewed as well as ours: the worker alone is what is compared. */
async function control(): Promise<Worker> {
  const auth = new AtlanAuthClient({ applicationName, logger });
  const apiKey = (await auth.getAccessToken()) ?? '';
  const { ATLAN_WORKFLOW_HOST: host = '', ATLAN_WORKFLOW_PORT: port = '' } = process.env;
  const connection = await NativeConnection.connect({ address: `${host}:${port}`, apiKey, tls: false });
  auth.subscribe((token) => {
    tellToken();
    void connection.setApiKey(token);
  });
  await auth.start();
  return Worker.create({ ...options, connection });
}
