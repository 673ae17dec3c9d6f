import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../fixtures/eventually.ts';
import { applicationName } from '../fixtures/real-stack.ts';
import { Lane, type LaneKind } from '../worlds/lane.ts';
import type { BadDay, DayPlan, Ground } from './bad-day.ts';
import { type Figures, figuresOf, hasNoticed } from './figures.ts';
import { SteadyLoad } from './steady-load.ts';

/** How many seconds' worth of workflows of each worker have completed before anything happens. */
const beforeSeconds = 8;
/** Beyond what is asked of a worker: then it counts as not back. */
const patienceMs = 120_000;
const defaultStartToCloseSeconds = 60;
const defaultAfterSeconds = 5;
/** What a second run of an activity takes, at most. */
const secondRunMs = 15_000;

/** A worker after a bad day. */
export interface Outcome {
  readonly kind: LaneKind;
  readonly figures: Figures;
  /** Log and events from the beginning of the cause. */
  readonly log: readonly { readonly atMs: number; readonly text: string }[];
}

/** Runs one bad day, the plain worker beside ours if it is asked for; under a heavy load without. */
export async function runDay<G extends Ground>(
  day: BadDay<G>,
  ground: G,
  withControl = false,
): Promise<readonly Outcome[]> {
  await using started = new AsyncDisposableStack();
  const { isSupervised = false, perSecond, pollers } = day;
  const kinds: readonly LaneKind[] = withControl && perSecond === undefined ? ['ours', 'plain'] : ['ours'];
  const lanes = kinds.map((kind) => {
    const settings = {
      ...{ kind, applicationName, items: 0, namespaces: ['default'] },
      ...{ taskQueue: `${day.name}-${kind}-${randomUUID()}`, codePath: ground.codePath },
      connection: isSupervised ? 'supervised' : 'plugin',
      ...(kind === 'ours' && pollers !== undefined && { pollers }),
    } as const;
    return started.use(new Lane(settings, ground.envOf(day)));
  });
  const startToCloseMs = (day.startToCloseSeconds ?? defaultStartToCloseSeconds) * 1_000;
  const taskQueues = lanes.map(({ settings }) => settings.taskQueue);
  const load = new SteadyLoad(ground.client, { taskQueues, perSecond: perSecond ?? 1, startToCloseMs });
  started.defer(async () => {
    await load.stop();
    ground.recover();
  });
  const recordOf = ({ settings }: Lane) => load.of(settings.taskQueue);
  await eventually('all workers run', () => lanes.every(({ state }) => state === 'RUNNING'));
  load.start();
  await eventually('workflows of each worker', () =>
    lanes.every((lane) => recordOf(lane).completedAtMs.size >= beforeSeconds * (perSecond ?? 1)),
  );

  const beganAtMs = Date.now();
  await day.happen(ground, lanes);
  const cause = { beganAtMs, endedAtMs: Date.now() };

  const figures = (lane: Lane): Figures => figuresOf(day, cause, lane, recordOf(lane));
  const { ours = defaultAfterSeconds, control = ours } = day.afterSeconds ?? {};
  const isEach = async (withinMs: number, condition: (lane: Lane) => boolean): Promise<void> => {
    const holds = (): boolean => lanes.every((lane) => isOver(lane, day) || condition(lane));
    await eventually('', holds, withinMs).catch(() => undefined);
  };
  await Promise.all([
    sleep((lanes.length > 1 ? control : ours) * 1_000),
    isEach(
      patienceMs,
      (lane) => hasNoticed(day, cause, lane) && figures(lane).backAfterSeconds !== undefined,
    ),
  ]);
  load.stopStarting();
  await isEach(startToCloseMs + secondRunMs, (lane) => figures(lane).completed === figures(lane).started);
  return lanes.map((lane) => ({
    kind: lane.settings.kind,
    figures: figures(lane),
    log: [
      ...lane.told('log').map(({ atMs, level, message }) => ({ atMs, text: `${level} ${message}` })),
      ...lane.told('event').map(({ atMs, name }) => ({ atMs, text: `event: ${name}` })),
    ]
      .filter(({ atMs }) => atMs >= beganAtMs)
      .sort((a, b) => a.atMs - b.atMs),
  }));
}

/** Whether a worker did all that is asked; of the control nothing is. */
export function isMet(day: DayPlan, { kind, figures }: Outcome): boolean {
  if (kind === 'plain') return true;
  const { backAfterSeconds = Infinity, started, completed, twice } = figures;
  return backAfterSeconds <= day.withinSeconds && completed === started && twice === 0;
}

/** A supervised worker is replaced when it has failed. */
function isOver({ state, settings }: Lane, { isSupervised = false }: DayPlan): boolean {
  return state === 'ended' || (state === 'FAILED' && !(isSupervised && settings.kind === 'ours'));
}
