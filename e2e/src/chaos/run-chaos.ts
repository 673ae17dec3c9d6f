import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { type QueueRecord, SteadyLoad } from '../bad-days/steady-load.ts';
import type { WorkerKind } from '../bad-days/worker-messages.ts';
import { type LogLine, WorkerUnderTest } from '../bad-days/worker-under-test.ts';
import { eventually } from '../fixtures/eventually.ts';
import {
  credentialsInEnvironment,
  type TemporalWithGateway,
  startTemporalWithGateway,
} from '../fixtures/temporal-with-gateway.ts';
import { faults } from '../faults/catalogue.ts';
import { type Fault, lasting } from '../faults/fault.ts';
import { writeWorkflowBundle } from '../bad-days/workflow-bundle.ts';
import { Random } from './random.ts';

const lifetimeSeconds = 20;
/** As often as Temporal reads the keys at most: a key that was withdrawn is refused within this. */
const keyRefreshMs = 5_000;
/**
 * Longer than faults that come before the worker is back from the one before: a second run of an activity then tells of a lost outcome. At 120 s
 * the server's own time-out struck where a busy machine was kept from work for 158 s, by four faults in turn.
 */
const startToCloseMs = 300_000;
const endWithinMs = 330_000;
/** The load goes on so long after the last fault. */
const lastMs = 20_000;
const strayCount = 20;
/** What the log says of a worker that takes the place of another one. */
const restartText = 'A new worker runs';
const kinds: readonly WorkerKind[] = ['autoscaling', 'fixed'];

/** What may happen, and how long at most. It lasts 5 s at the least: what is shorter than the pace of the probes is another matter. */
export const chances: readonly {
  readonly fault: Fault<TemporalWithGateway>;
  readonly atMostSeconds: number;
}[] = [
  { fault: faults.refused, atMostSeconds: 40 },
  { fault: faults.unauthenticated, atMostSeconds: 30 },
  { fault: faults['html-401'], atMostSeconds: 20 },
  { fault: faults.goaway, atMostSeconds: 30 },
  { fault: faults.unavailable, atMostSeconds: 30 },
  { fault: faults.reset, atMostSeconds: 20 },
  { fault: faults.silent, atMostSeconds: 20 },
  { fault: faults['temporal-away'], atMostSeconds: 30 },
  { fault: faults['connections-cut'], atMostSeconds: 20 },
  { fault: faults['key-withdrawn'], atMostSeconds: 6 },
  { fault: faults['provider-unavailable'], atMostSeconds: 60 },
  { fault: faults['provider-silent'], atMostSeconds: 40 },
  { fault: faults['provider-away'], atMostSeconds: 40 },
];

/** How long, and which faults. */
export interface ChaosOptions {
  readonly minutes: number;
  /** The same seed gives the same faults in the same order. */
  readonly seed: number;
  /** Told of each thing that happens. */
  readonly tell: (line: string) => void;
}

/** One fault, as it happened. */
export interface Happening {
  readonly title: string;
  /** Milliseconds from the beginning of the run. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Of each worker: seconds from the end of the fault until a workflow was complete whose activity began after it; `undefined`: none. */
  readonly backAfterSeconds: ReadonlyMap<WorkerKind, number | undefined>;
}

/** What became of one worker. */
export interface ChaosRecord {
  readonly kind: WorkerKind;
  readonly started: number;
  readonly completed: number;
  readonly twice: number;
  readonly state: string;
  /** How many workers have taken the place of another one in it. */
  readonly restarts: number;
  /** What the process took, each 5 s, in megabytes. */
  readonly rssMb: readonly number[];
  /** 0: it ended by itself once its client was closed, since nothing was open any more. */
  readonly exitCode: number | null;
  /** When workflows were complete, in milliseconds from the beginning. */
  readonly completedAtMs: readonly number[];
  readonly log: readonly LogLine[];
  /** The histories, as JSON, of the workflows that are not complete or whose activity ran twice, by their ids; twenty at most. */
  readonly strays: ReadonlyMap<string, string>;
}

/** A whole run. */
export interface ChaosRun {
  readonly happenings: readonly Happening[];
  readonly records: readonly ChaosRecord[];
}

/** Lets faults happen at random to two workers under a steady load, on a Temporal dev server behind the gateway. */
export async function runChaos({ minutes, seed, tell }: ChaosOptions): Promise<ChaosRun> {
  await using started = new AsyncDisposableStack();
  const ground = started.use(await startTemporalWithGateway(lifetimeSeconds, keyRefreshMs));
  const { codePath } = started.use(await writeWorkflowBundle());
  const { hostname: host, port } = new URL(`http://${ground.upstream}`);
  const client = started.use(
    new TemporalWorkflowClient({
      applicationName: 'load',
      host,
      port,
      env: {},
      logger: new RecordingLogger(),
    }),
  );
  await client.load();
  const env = { ...ground.env, ...credentialsInEnvironment(ground.oauth) };
  const workers = kinds.map((kind) =>
    started.use(new WorkerUnderTest({ kind, taskQueue: `chaos-${kind}`, codePath, isSupervised: true }, env)),
  );
  const taskQueues = workers.map(({ taskQueue }) => taskQueue);
  const load = new SteadyLoad(client, { taskQueues, perSecond: 1, startToCloseMs });
  started.defer(() => load.stop());
  await eventually('all workers run', () => workers.every(({ state }) => state === 'RUNNING'));
  load.start();

  const zeroMs = Date.now();
  const random = new Random(seed);
  const happenings: Omit<Happening, 'backAfterSeconds'>[] = [];
  while (Date.now() - zeroMs < minutes * 60_000) {
    await sleep(random.between(8, 20) * 1_000);
    const { fault, atMostSeconds } = random.pick(chances);
    const seconds = random.between(5, atMostSeconds);
    const title = fault.breaks;
    tell(`${title}, for ${seconds.toFixed(0)} s`);
    const beganAtMs = Date.now() - zeroMs;
    await lasting(fault, ground, seconds);
    happenings.push({ title, beganAtMs, endedAtMs: Date.now() - zeroMs });
  }
  // The way back from the last one is to be seen too.
  await sleep(lastMs);
  load.stopStarting();
  await eventually(
    'every workflow is complete',
    () => taskQueues.every((queue) => load.of(queue).completedAtMs.size === load.of(queue).startedAtMs.size),
    endWithinMs,
  ).catch(() => undefined);

  const records: ChaosRecord[] = [];
  for (const worker of workers) {
    const { startedAtMs, completedAtMs } = load.of(worker.taskQueue);
    const { state } = worker;
    const strays = await historiesOf(client, strayIds(worker, load.of(worker.taskQueue)));
    const exitCode = await worker.close();
    const runs = [...worker.activities.values()];
    records.push({
      ...{ kind: worker.kind, state, exitCode, rssMb: worker.rssMb, log: worker.log, strays },
      restarts: worker.log.filter(({ message }) => message === restartText).length,
      started: startedAtMs.size,
      completed: completedAtMs.size,
      twice: runs.filter(({ length }) => length > 1).length,
      completedAtMs: [...completedAtMs.values()].map((atMs) => atMs - zeroMs).sort((a, b) => a - b),
    });
  }
  return {
    records,
    happenings: happenings.map((happening) => ({
      ...happening,
      backAfterSeconds: new Map(
        workers.map((worker) => [
          worker.kind,
          backAfterSeconds(happening.endedAtMs + zeroMs, worker, load.of(worker.taskQueue).completedAtMs),
        ]),
      ),
    })),
  };
}

function strayIds(
  { activities }: WorkerUnderTest,
  { startedAtMs, completedAtMs }: QueueRecord,
): readonly string[] {
  const hasRunTwice = (id: string): boolean => (activities.get(id)?.length ?? 0) > 1;
  return [...startedAtMs.keys()]
    .filter((id) => !completedAtMs.has(id) || hasRunTwice(id))
    .slice(0, strayCount);
}

async function historiesOf(
  { client }: TemporalWorkflowClient,
  workflowIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const histories = new Map<string, string>();
  for (const id of workflowIds) {
    const history = await client.workflow.getHandle(id).fetchHistory().then(historyToJSON, String);
    histories.set(id, history);
  }
  return histories;
}

/** A worker is back when a workflow is complete whose activity began after the fault had ended. */
function backAfterSeconds(
  endedAtMs: number,
  { activities }: WorkerUnderTest,
  completedAtMs: ReadonlyMap<string, number>,
): number | undefined {
  let backAtMs = Infinity;
  for (const [workflowId, [begunAtMs = 0]] of activities) {
    if (begunAtMs >= endedAtMs) backAtMs = Math.min(backAtMs, completedAtMs.get(workflowId) ?? Infinity);
  }
  return backAtMs === Infinity ? undefined : (backAtMs - endedAtMs) / 1_000;
}
