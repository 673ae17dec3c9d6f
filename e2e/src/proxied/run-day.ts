import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxiedDay } from './days.ts';
import { openPlace, type Place, type ProxiedGround } from './ground.ts';
import { type SteadyFigures, steadyLoad } from './steady-load.ts';
import { type Language, languages as allLanguages } from './worker-process.ts';

/** What a day came to for one worker. */
export interface DayFigures extends Pick<SteadyFigures, 'started' | 'done' | 'twice' | 'isAlive'> {
  readonly language: Language;
  readonly by: 'proxy' | 'file';
  readonly doneMeanwhile: number;
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

/** Runs a day for workers in each language behind the proxy, and beside them for workers that read the token. */
export async function runDay(
  ground: ProxiedGround,
  day: ProxiedDay,
  { languages = allLanguages, lanes = ['proxy', 'file'] }: DayOptions = {},
): Promise<readonly DayFigures[]> {
  const { title, forMs, frontends = 1, begin, load = {} } = day;
  await using started = new AsyncDisposableStack();
  const places: { place: Place; acceptedAtMs: readonly number[] }[] = [];
  for (const by of lanes) {
    const place = started.use(await openPlace(ground, { by, name: title, languages, frontends }));
    places.push({ place, acceptedAtMs: acceptedBy(place) });
  }
  const workers = places.flatMap(({ place }) => place.workers);
  // A worker's first workflow takes longer.
  await Promise.all(
    workers.map(({ options: { taskQueue } }) => {
      const workflowId = `${taskQueue}-first`;
      return ground.client.workflow.execute('steady', { taskQueue, workflowId, args: [workflowId, 0.5, 0] });
    }),
  );
  const loaded = steadyLoad(ground.client, { workers, forMs: wellMs.before + forMs + wellMs.after, ...load });
  await sleep(wellMs.before);
  const beginMs = performance.now();
  const end = begin(
    places.map(({ place }) => place),
    ground,
  );
  await sleep(forMs);
  await end();
  const endMs = performance.now();
  const figures = await loaded;
  return figures.map(({ worker, started: all, done, twice, isAlive, doneAtMs }) => {
    const { acceptedAtMs = [] } = places.find(({ place }) => place.workers.includes(worker)) ?? {};
    const sinceEnd = (moments: readonly number[]): number | undefined => {
      const nextMs = moments.find((ms) => ms > endMs);
      return nextMs === undefined ? undefined : Math.round(nextMs - endMs);
    };
    return {
      ...{ started: all, done, twice, isAlive, language: worker.options.language },
      by: worker.options.tokenFile === undefined ? 'proxy' : 'file',
      doneMeanwhile: doneAtMs.filter((ms) => ms > beginMs && ms < endMs).length,
      stallMs: Math.round(
        Math.max(0, ...doneAtMs.map((ms, index) => (ms > beginMs ? ms - (doneAtMs[index - 1] ?? ms) : 0))),
      ),
      acceptedMs: sinceEnd(acceptedAtMs),
      backMs: sinceEnd(doneAtMs),
    };
  });
}

/** When frontends accept polls and results of the methods that they rejected before, or of all while they rejected none. */
function acceptedBy({ gateways }: Place): readonly number[] {
  const moments: number[] = [];
  const rejected = new Set<string>();
  for (const gateway of gateways)
    gateway.subscribe(({ method, verdict }) => {
      if (!/^(?:Poll|Respond)/.test(method)) return;
      if (verdict === 'rejected') rejected.add(method);
      else if (rejected.size === 0 || rejected.has(method)) moments.push(performance.now());
    });
  return moments;
}
