import { setTimeout as sleep } from 'node:timers/promises';
import { SteadyLoad } from '../bad-days/steady-load.ts';
import { eventually } from '../fixtures/eventually.ts';
import type { Ground } from '../worlds/ground.ts';
import type { LaneTraffic } from '../worlds/world-servers.ts';
import type { ProxiedDay } from './days.ts';
import { openPlace, type Place } from './place.ts';
import { type Language, languages as allLanguages } from './worker-process.ts';

/** What a day came to for one worker. */
export interface DayFigures {
  readonly language: Language;
  readonly by: 'proxy' | 'file';
  readonly started: number;
  readonly done: number;
  readonly doneMeanwhile: number;
  /** Activities that ran more than once. */
  readonly twice: number;
  readonly isAlive: boolean;
  /** From the end of the fault until a frontend accepts a call that it rejected. The rest of `backMs` is the worker's, and the machine's. */
  readonly acceptedMs: number | undefined;
  /** From the end of the fault until the next workflow is done; `undefined`: none was. */
  readonly backMs: number | undefined;
  /** Longest time between two workflows that were done, since the fault began. */
  readonly stallMs: number;
}

/** Default: workers in all languages, behind the proxy and beside it. */
export interface DayOptions {
  readonly languages?: readonly Language[];
  readonly lanes?: readonly DayFigures['by'][];
}

/** How long all is well before and after the fault, in ms. */
const wellMs = { before: 5_000, after: 10_000 };
/** How long after the last start a workflow is waited for, in ms: less than until a lost activity runs again. */
const patienceMs = 60_000;
const startToCloseMs = 300_000;

/** Runs a day for workers in each language behind the proxy, and beside them for workers that read the token. */
export async function runDay(
  ground: Ground,
  day: ProxiedDay,
  { languages = allLanguages, lanes = ['proxy', 'file'] }: DayOptions = {},
): Promise<readonly DayFigures[]> {
  const { title, seconds, frontends, perSecond = 1, activity = [0.5, 0] } = day;
  await using started = new AsyncDisposableStack();
  const places: Place[] = [];
  for (const by of lanes)
    places.push(started.use(await openPlace(ground, { by, name: title, languages, frontends })));
  const workers = places.flatMap((place) => place.workers.map((worker) => ({ worker, place })));
  const client = ground.clientOf({});
  // A worker's first workflow takes longer.
  await Promise.all(
    workers.map(({ worker: { options } }) => {
      const workflowId = `${options.taskQueue}-first`;
      const { taskQueue } = options;
      return client.workflow.execute('steady', { taskQueue, workflowId, args: [workflowId, 0.5, 0] });
    }),
  );
  const load = new SteadyLoad(
    { client },
    {
      ...{ taskQueues: workers.map(({ worker }) => worker.options.taskQueue), perSecond, startToCloseMs },
      workflow: (workflowId) => ({ type: 'steady', args: [workflowId, ...activity] }),
    },
  );
  started.defer(() => load.stop());
  load.start();
  await sleep(wellMs.before);
  const beginMs = Date.now();
  const mends = await Promise.all(places.map(({ traffic }) => begin(day, ground, traffic)));
  await sleep(seconds * 1_000);
  await Promise.all(mends.map((mend) => mend()));
  const endMs = Date.now();
  await sleep(wellMs.after);
  load.stopStarting();
  const recordOf = (taskQueue: string) => load.of(taskQueue);
  const isDone = ({ worker }: (typeof workers)[number]): boolean => {
    const { startedAtMs, completedAtMs } = recordOf(worker.options.taskQueue);
    return completedAtMs.size === startedAtMs.size;
  };
  await eventually('all is done', () => workers.every(isDone), patienceMs).catch(() => undefined);
  const since = (moments: readonly number[]): number | undefined => {
    const nextMs = moments.find((atMs) => atMs > endMs);
    return nextMs === undefined ? undefined : nextMs - endMs;
  };
  return await Promise.all(
    workers.map(async ({ worker, place }): Promise<DayFigures> => {
      const { language, taskQueue, tokenFile } = worker.options;
      const { startedAtMs, completedAtMs } = recordOf(taskQueue);
      const doneAtMs = [...completedAtMs.values()].sort((a, b) => a - b);
      return {
        ...{ language, by: tokenFile === undefined ? 'proxy' : 'file' },
        ...{ started: startedAtMs.size, done: doneAtMs.length, isAlive: !worker.hasEnded },
        twice: [...(await worker.runs()).values()].filter((times) => times > 1).length,
        doneMeanwhile: doneAtMs.filter((atMs) => atMs > beginMs && atMs < endMs).length,
        stallMs: Math.max(
          0,
          ...doneAtMs.map((atMs, index) => (atMs > beginMs ? atMs - (doneAtMs[index - 1] ?? atMs) : 0)),
        ),
        acceptedMs: since(acceptedAtMs(place.traffic)),
        backMs: since(doneAtMs),
      };
    }),
  );
}

/** Begins it in one place; Temporal itself is halted once. */
async function begin(
  { fault }: ProxiedDay,
  { temporal }: Ground,
  traffic: LaneTraffic,
): Promise<() => unknown> {
  if (fault !== undefined) return traffic.begin({ fault });
  await temporal.halt();
  return () => temporal.restart();
}

/** When frontends accept polls and results of the methods that they rejected before, or of all while they rejected none. */
function acceptedAtMs({ passed, rejections }: LaneTraffic): readonly number[] {
  const rejected = new Set(rejections.map(({ method }) => method));
  return passed
    .filter(({ method }) => /^(?:Poll|Respond)/.test(method) && (rejected.size === 0 || rejected.has(method)))
    .map(({ atMs }) => atMs);
}
