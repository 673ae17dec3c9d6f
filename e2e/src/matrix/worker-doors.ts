import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  superviseWorker,
  temporalAuth,
  type TemporalAuthOptions,
  TemporalWorkflowClient,
} from '@worker-auth/temporal-auth';
import { workflowsPath } from '../bad-days/workflow-bundle.ts';
import { activities } from '../fixtures/under-load.ts';
import { type Cell, without } from './cell.ts';
import { documentOptions, type Door } from './doors.ts';

type Plugin = ReturnType<typeof temporalAuth>;

const taskQueue = 'matrix';
const execution = { taskQueue, workflowId: 'one', args: ['short', 0] };

let bundle: ReturnType<typeof bundleWorkflowCode> | undefined;

/** Options of a worker that needs no threads of its own for one workflow. */
export async function workerOptions(): Promise<WorkerOptions> {
  bundle ??= bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return { taskQueue, activities, workflowBundle: await bundle, debugMode: true };
}

/** Runs one workflow by a client with the plugin. */
async function execute(auth: Plugin): Promise<void> {
  const client = new Client({ plugins: [auth] });
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- `finally` waits for it
  await client.workflow.execute('item', execution).finally(() => client.connection.close());
}

async function withoutConnection(options: TemporalAuthOptions): Promise<void> {
  await using auth = temporalAuth(options);
  const worker = await Worker.create({ ...(await workerOptions()), plugins: [auth] });
  await worker.runUntil(execute(auth));
}

async function withConnection(options: TemporalAuthOptions, { temporal: { address } }: Cell): Promise<void> {
  await using auth = temporalAuth(options);
  const connection = await auth.connectNative({ address });
  try {
    const worker = await Worker.create({ ...(await workerOptions()), connection });
    await worker.runUntil(execute(auth));
  } finally {
    await connection.close();
  }
}

async function supervised(options: TemporalAuthOptions): Promise<void> {
  await using auth = temporalAuth(options);
  const ending = new AbortController();
  const settings = await workerOptions();
  const supervisor = superviseWorker({
    create: async () => ({ worker: await Worker.create({ ...settings, plugins: [auth] }) }),
    ...{ signal: ending.signal, logger: options.logger, shutdownSignals: [], translate: String },
    ...{ clock: options.clock, random: Math.random },
    ...{ maxConsecutiveFailures: 1, healthyAfterMs: 1_000, onFatal: 'throw' },
  });
  const running = supervisor.run();
  await Promise.race([execute(auth), running]);
  ending.abort();
  await running;
}

async function ofClient(options: TemporalAuthOptions): Promise<void> {
  await using client = new TemporalWorkflowClient(documentOptions(options));
  await client.load();
  const settings = without(await workerOptions(), 'taskQueue', 'connection', 'namespace');
  const worker = await client.createWorker({
    ...settings,
    taskQueue,
    ...{ maxConcurrentActivities: 1, autoStartTokenRefresh: true },
  });
  await worker.runUntil(async () => {
    const { handle } = await client.startWorkflow('item', execution);
    await handle.result();
  });
}

async function runByClient(options: TemporalAuthOptions): Promise<void> {
  await using client = new TemporalWorkflowClient(documentOptions(options));
  const ending = new AbortController();
  const running = client.runWorker({
    ...{ ...(await workerOptions()), signal: ending.signal },
    ...{ maxConsecutiveFailures: 1, healthyAfterMs: 1_000, onFatal: 'throw' as const },
  });
  await client.load();
  const { handle } = await client.startWorkflow('item', execution);
  await Promise.race([handle.result(), running]);
  ending.abort();
  await running;
}

export const workerWithoutConnection: Door = {
  title: 'the plugin on a worker without a connection',
  ...{ calls: 'RespondWorkflowTaskCompleted', takesTokens: true, worksWithout: true },
  enter: withoutConnection,
};

/** All with a worker, which completes a workflow of one activity. */
export const workerDoors: readonly Door[] = [
  workerWithoutConnection,
  {
    title: 'the plugin on a worker with a native connection',
    ...{ calls: 'RespondWorkflowTaskCompleted', takesTokens: true, worksWithout: true },
    enter: withConnection,
  },
  {
    title: 'superviseWorker over workers with the plugin',
    ...{ calls: 'RespondWorkflowTaskCompleted', takesTokens: true, worksWithout: true },
    enter: supervised,
  },
  {
    title: 'TemporalWorkflowClient.createWorker',
    ...{ calls: 'RespondWorkflowTaskCompleted', takesTokens: false, worksWithout: true },
    enter: ofClient,
  },
  {
    title: 'TemporalWorkflowClient.runWorker',
    ...{ calls: 'RespondWorkflowTaskCompleted', takesTokens: false, worksWithout: true },
    enter: runByClient,
  },
];
