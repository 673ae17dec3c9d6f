import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../fixtures/eventually.ts';
import type { BadDay } from './bad-day.ts';
import type { DayPlan } from './day-plan.ts';
import { type Figures, figuresOf, hasNoticed } from './figures.ts';
import type { Ground } from './ground.ts';
import { SteadyLoad } from './steady-load.ts';
import type { WorkerKind } from './worker-messages.ts';
import { type LogLine, WorkerUnderTest } from './worker-under-test.ts';

/** How many seconds' worth of workflows of each worker have completed before anything happens. */
const beforeSeconds = 8;
/** Beyond what is asked of a worker: then it counts as not back. */
const patienceMs = 120_000;
const defaultStartToCloseSeconds = 60;
const defaultAfterSeconds = 5;
/** What a second run of an activity takes, at most. */
const secondRunMs = 15_000;

/** What a day is run with. */
export interface RunOptions {
  readonly withControl: boolean;
}

/** A worker after a bad day. */
export interface Outcome {
  readonly kind: WorkerKind;
  readonly figures: Figures;
  /** From the beginning of the cause. */
  readonly log: readonly LogLine[];
}

/** Runs one bad day, the control beside our worker; under a heavy load without. */
export async function runDay<G extends Ground>(
  day: BadDay<G>,
  ground: G,
  { withControl }: RunOptions,
): Promise<readonly Outcome[]> {
  const { pollers = 'autoscaling', perSecond } = day;
  return runTogether(day, ground, withControl && perSecond === undefined ? [pollers, 'control'] : [pollers]);
}

async function runTogether<G extends Ground>(
  day: BadDay<G>,
  ground: G,
  kinds: readonly WorkerKind[],
): Promise<readonly Outcome[]> {
  await using started = new AsyncDisposableStack();
  const env = ground.envOf(day);
  const { isSupervised = false, perSecond = 1 } = day;
  const workers = kinds.map((kind) => {
    const taskQueue = `${day.name}-${kind}-${randomUUID()}`;
    return started.use(
      new WorkerUnderTest({ kind, taskQueue, codePath: ground.codePath, isSupervised }, env),
    );
  });
  const startToCloseMs = (day.startToCloseSeconds ?? defaultStartToCloseSeconds) * 1_000;
  const taskQueues = workers.map(({ taskQueue }) => taskQueue);
  const load = new SteadyLoad(ground.client, { taskQueues, perSecond, startToCloseMs });
  started.defer(async () => {
    await load.stop();
    ground.recover();
  });
  await eventually('all workers run', () => workers.every(({ state }) => state === 'RUNNING'));
  load.start();
  await eventually('workflows of each worker', () =>
    workers.every(({ taskQueue }) => load.of(taskQueue).completedAtMs.size >= beforeSeconds * perSecond),
  );

  const beganAtMs = Date.now();
  await day.happen({ ground, workers });
  const cause = { beganAtMs, endedAtMs: Date.now() };

  const figures = (worker: WorkerUnderTest): Figures =>
    figuresOf(day, cause, worker, load.of(worker.taskQueue));
  const isBack = (worker: WorkerUnderTest): boolean => figures(worker).backAfterSeconds !== undefined;
  await Promise.all([
    sleep(afterMs(day, kinds)),
    within(patienceMs, () =>
      workers.every((worker) => isOver(worker, day) || (hasNoticed(day, cause, worker) && isBack(worker))),
    ),
  ]);
  load.stopStarting();
  await within(startToCloseMs + secondRunMs, () =>
    workers.every((worker) => isOver(worker, day) || isComplete(figures(worker))),
  );
  return workers.map((worker) => ({
    kind: worker.kind,
    figures: figures(worker),
    log: worker.log.filter(({ atMs }) => atMs >= beganAtMs),
  }));
}

/** Whether a worker did all that is asked; of the control nothing is. */
export function isMet(day: DayPlan, { kind, figures }: Outcome): boolean {
  if (kind === 'control') return true;
  const { backAfterSeconds = Infinity, started, completed, twice } = figures;
  return backAfterSeconds <= day.withinSeconds && completed === started && twice === 0;
}

function afterMs({ afterSeconds = {} }: DayPlan, kinds: readonly WorkerKind[]): number {
  const { ours = defaultAfterSeconds, control = ours } = afterSeconds;
  return (kinds.includes('control') ? control : ours) * 1_000;
}

/** A supervised worker is replaced when it has failed. */
function isOver(
  { state, kind }: WorkerUnderTest,
  { isSupervised = false }: Pick<DayPlan, 'isSupervised'>,
): boolean {
  return state === 'ended' || (state === 'FAILED' && !(isSupervised && kind !== 'control'));
}

function isComplete({ started, completed }: Figures): boolean {
  return completed === started;
}

/** Waits until it holds, or until the time is over. */
async function within(timeoutMs: number, condition: () => boolean): Promise<void> {
  await eventually('', condition, timeoutMs).catch(() => undefined);
}
