import { extraRuns, type LaneFigures, type WorldFigures } from './figures.ts';
import type { Send } from './world-servers.ts';

/** What ours must never be worse in. */
export interface Law {
  readonly name: string;
  readonly says: string;
  /** How it is broken; `undefined`: it is not. */
  readonly broken: (figures: WorldFigures) => string | undefined;
}

const minuteMs = 60_000;
/** Of the time until a token is renewed: our renewal is drawn up to a tenth earlier. */
const leastRenewalShare = 0.6;
/** Calls by which methods that plain hardly calls may differ, a minute. */
const floorPerMinute = 12;
/** What a machine needs to end a process. */
const exitSlackMs = 5_000;
const waitedForMs = 30_000;
/** By then a fault shows in the health, and its end too: a worker that idles probes every 20 s or so. */
const noticedMs = 30_000;

/** The laws of the worlds, in the order of the table. */
export const laws: readonly Law[] = [
  {
    name: 'starts',
    says: 'where plain starts, ours starts, within twice its time and 5 s more',
    broken: ({ ours, plain, moreStarts }) => {
      const failed = moreStarts.filter(({ startMs }) => startMs === undefined);
      if (failed.length > 0)
        return `${failed.length} of ${moreStarts.length} more processes of ours never started`;
      if (plain.startMs === undefined) return undefined;
      const boundMs = 2 * plain.startMs + 5_000;
      if (ours.startMs === undefined) return `plain started after ${inSeconds(plain.startMs)}, ours never`;
      return ours.startMs > boundMs
        ? `plain started after ${inSeconds(plain.startMs)}, ours after ${inSeconds(ours.startMs)}`
        : undefined;
    },
  },
  {
    name: 'completes',
    says: 'each workflow that plain completes ours completes',
    broken: ({ ours, plain }) =>
      plain.completed > ours.completed ? `plain ${plain.completed}, ours ${ours.completed}` : undefined,
  },
  {
    name: 'runs',
    says: 'no activity runs more often than with plain',
    broken: ({ world, ours, plain }) => {
      const [mine, others] = [extraRuns(world, ours), extraRuns(world, plain)];
      return mine > others ? `extra runs: plain ${others}, ours ${mine}` : undefined;
    },
  },
  {
    name: 'delivers',
    says: 'no result that plain delivers is abandoned',
    broken: ({ ours, plain }) => {
      const lost = [...plain.delivered].filter((item) => !ours.delivered.has(item));
      if (lost.length > 0) return `${lost.length} of ${plain.delivered.size} results that plain delivered`;
      return ours.abandoned > 0 && plain.delivered.size === plain.runs.size
        ? `${ours.abandoned} abandoned; plain delivered all`
        : undefined;
    },
  },
  {
    name: 'tokens',
    says: 'besides renewals at most 12 token requests a minute; where new tokens do not help 5 in the first minute, then 2',
    broken: ({ world, bornMs, zeroMs, terminatedMs, ours }) => {
      const renewals = (ms: number): number =>
        Math.ceil(ms / 1_000 / (leastRenewalShare * world.lifetimeSeconds));
      const { tokensAtMs } = ours;
      const most = Math.max(0, ...tokensAtMs.map((fromMs) => within(tokensAtMs, fromMs, minuteMs)));
      const limit = 12 + renewals(minuteMs);
      if (most > limit) return `${most} token requests in a minute, ${limit} allowed`;
      for (const { rejectsEveryToken = false, fromSeconds, forSeconds } of world.faults) {
        if (!rejectsEveryToken) continue;
        const fromMs = fromSeconds === undefined ? bornMs : zeroMs + fromSeconds * 1_000;
        const forMs = Math.min(terminatedMs - fromMs, (forSeconds ?? Infinity) * 1_000);
        const allowed = 5 + 2 * Math.max(0, forMs / minuteMs - 1) + renewals(forMs);
        const asked = within(tokensAtMs, fromMs, forMs);
        if (asked > allowed)
          return `${asked} token requests while every token was rejected, ${allowed.toFixed(0)} allowed`;
      }
      return undefined;
    },
  },
  {
    name: 'calls',
    says: "calls of any method at most 3 times plain's, and 2 a second and connection while refused",
    broken: ({ bornMs, ours, plain }) => {
      const untilMs = comparedUntil(plain);
      const minutes = Math.max(1, (Math.min(untilMs, Date.now()) - bornMs) / minuteMs);
      const counts = byMethod(ours.sends, untilMs);
      const others = byMethod(plain.sends, untilMs);
      const worst = [...counts].flatMap(([method, count]) => {
        const allowed =
          3 * (others.get(method) ?? 0) +
          floorPerMinute * minutes +
          2 * refusedSeconds(ours) * connectionsOf(ours);
        return count > allowed
          ? [`${method}: plain ${others.get(method) ?? 0}, ours ${count}, ${allowed.toFixed(0)} allowed`]
          : [];
      });
      return worst[0];
    },
  },
  {
    name: 'connections',
    says: "three new connections in the first minute beyond plain's, then one a minute",
    broken: ({ bornMs, ours, plain }) => {
      const untilMs = comparedUntil(plain);
      for (const atMs of ours.connectionsAtMs) {
        if (atMs > untilMs) break;
        const countOf = ({ connectionsAtMs }: LaneFigures): number =>
          connectionsAtMs.filter((one) => one <= atMs).length;
        const minutes = (atMs - bornMs) / minuteMs;
        const allowed = countOf(plain) + 3 + Math.max(0, Math.floor(minutes));
        if (countOf(ours) > allowed) {
          return `${countOf(ours)} connections after ${inSeconds(atMs - bornMs)}, plain ${countOf(plain)}, ${allowed} allowed`;
        }
      }
      return undefined;
    },
  },
  {
    name: 'ends',
    says: 'SIGTERM ends the process as soon as plain would, and within 30 s where only Temporal or a token is waited for',
    broken: ({ terminatedMs, ours, plain }) => {
      const isWell =
        !ours.refusals.some(({ atMs }) => atMs > terminatedMs - 5_000) && ours.completed === ours.runs.size;
      const boundMs = isWell ? plain.exitMs + exitSlackMs : Math.max(plain.exitMs + exitSlackMs, waitedForMs);
      return ours.exitMs > boundMs
        ? `plain after ${inSeconds(plain.exitMs)}, ours after ${inSeconds(ours.exitMs)}`
        : undefined;
    },
  },
  {
    name: 'unhandled',
    says: 'nothing is unhandled',
    broken: ({ ours }) => ours.unhandled[0],
  },
  {
    name: 'health',
    says: 'health and log say what is true',
    broken: (figures) => {
      const { world, terminatedMs, ours } = figures;
      if (ours.startMs === undefined || !ours.wasRunning) return undefined;
      const last = ours.health.findLast(({ atMs }) => atMs <= terminatedMs);
      const lasting = lastRefusalMs(figures);
      const isWell = ours.completed === world.work.length && terminatedMs - lasting > noticedMs;
      return isWell && last !== undefined && last.temporal !== 'good'
        ? `all is well, and health says ${last.temporal}`
        : undefined;
    },
  },
];

/** A dead worker calls nobody: after its end nothing is compared. */
function comparedUntil(plain: LaneFigures): number {
  return plain.deadAtMs ?? Infinity;
}

/** The last call of a worker's work that was refused: what the worker does not need is not among it. */
function lastRefusalMs({ ours, bornMs }: WorldFigures): number {
  return ours.refusals.findLast(({ method }) => /^(?:Poll|Respond)/.test(method))?.atMs ?? bornMs;
}

function within(atMs: readonly number[], fromMs: number, forMs: number): number {
  return atMs.filter((one) => one >= fromMs && one < fromMs + forMs).length;
}

function byMethod(sends: readonly Send[], untilMs: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, atMs } of sends)
    if (atMs <= untilMs) counts.set(method, (counts.get(method) ?? 0) + 1);
  return counts;
}

/** How many seconds had a refusal. */
function refusedSeconds({ refusals }: LaneFigures): number {
  return new Set(refusals.map(({ atMs }) => Math.floor(atMs / 1_000))).size;
}

function connectionsOf({ connectionsAtMs }: LaneFigures): number {
  return Math.max(1, connectionsAtMs.length);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
