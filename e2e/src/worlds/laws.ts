import { extraRuns, inSeconds, type LaneFigures, type WorldFigures } from './figures.ts';
import { health } from './health-law.ts';
import { answers, keeps, lasts, soon, waits } from './stand-in-laws.ts';
import type { Send } from './world-servers.ts';

/** What ours must never be worse in. */
export interface Law {
  readonly name: string;
  readonly says: string;
  /** How it is broken; `undefined`: it is not. */
  readonly broken: (figures: WorldFigures) => string | undefined;
}

const minuteMs = 60_000;
/** Of its lifetime after which a token is refreshed at the earliest. */
const leastRefreshShare = 0.6;
/** Calls by a method, in a minute, that count for nothing where plain hardly makes any. */
const floorPerMinute = 12;
/** Where connections are reset, how often each is made again is a matter of milliseconds. */
const resetShare = 1.4;
/** What a machine needs to end a process. */
const exitSlackMs = 5_000;
const waitedForMs = 30_000;
/** Of the activities' heartbeat time-out of 10 s, without the moments in which the last one that was accepted was under way. */
const heartbeatMs = 9_500;

/** The laws of the worlds, in the order of the table. */
export const laws: readonly Law[] = [
  {
    name: 'starts',
    says: 'where plain starts, ours starts, within twice its time and 5 s more',
    broken: starts,
  },
  {
    name: 'completes',
    says: 'each workflow that plain completes ours completes, and every one where it must',
    broken: completes,
  },
  {
    name: 'runs',
    says: 'no activity runs more often than with plain, but for a local one whose workflow task timed out; none twice where all must complete',
    broken: runs,
  },
  { name: 'delivers', says: 'no result that plain delivers is abandoned', broken: delivers },
  {
    name: 'tokens',
    says: 'besides refreshes at most 12 token requests a minute; where new tokens do not help 5 in the first minute, then 2',
    broken: tokens,
  },
  {
    name: 'calls',
    says: "calls of any method at most 3 times plain's, and 2 a second and connection while refused",
    broken: calls,
  },
  {
    name: 'connections',
    says: "three new connections in the first minute beyond plain's, then one a minute",
    broken: connections,
  },
  {
    name: 'ends',
    says: 'SIGTERM ends the process as soon as plain would, with its exit code, and within 30 s where only Temporal or a token is waited for',
    broken: ends,
  },
  { name: 'unhandled', says: 'nothing is unhandled', broken: ({ ours }) => ours.unhandled[0] },
  { name: 'health', says: 'health and log say what is true', broken: health },
  { name: 'keeps', says: 'what an activity hands over is seen as it was at that moment', broken: keeps },
  {
    name: 'lasts',
    says: 'where some results are never accepted, or a worker is killed, short activities end at most 7 s after those of plain',
    broken: lasts,
  },
  {
    name: 'soon',
    says: 'where it must, each workflow completes within so many seconds of its start',
    broken: soon,
  },
  {
    name: 'answers',
    says: 'where calls end at their own deadlines, nine tenths as many are answered as with plain, and health stays good',
    broken: answers,
  },
  {
    name: 'waits',
    says: 'who waits for a result has it at most 5 s later than with plain',
    broken: waits,
  },
];

function starts({ ours, plain, moreStarts }: WorldFigures): string | undefined {
  const failed = moreStarts.filter(({ startMs }) => startMs === undefined);
  if (failed.length > 0)
    return `${failed.length} of ${moreStarts.length} more processes of ours never started`;
  if (plain.startMs === undefined) return undefined;
  const isLate = (ours.startMs ?? Infinity) > 2 * plain.startMs + 5_000;
  return isLate
    ? `plain after ${inSeconds(plain.startMs)}, ours after ${inSeconds(ours.startMs)}`
    : undefined;
}

function completes({ world, ours, plain }: WorldFigures): string | undefined {
  if (world.mustComplete === true && ours.completed < world.work.length)
    return `ours ${ours.completed} of ${world.work.length}`;
  return plain.completed > ours.completed ? `plain ${plain.completed}, ours ${ours.completed}` : undefined;
}

function runs({ world, ours, plain }: WorldFigures): string | undefined {
  if (world.mustComplete === true && extraRuns(world, ours) > 0)
    return `${extraRuns(world, ours)} extra runs`;
  // A local one runs each time that its workflow task is delivered: that tells of open polls, and nothing else.
  const isDeliveredAgain = (item: string): boolean =>
    ours.reruns.includes(`${item} local: workflow task timed out`);
  // What plain does not deliver it may not have begun either.
  const items = new Set([...plain.delivered].filter((item) => !isDeliveredAgain(item)));
  const [mine, others] = [ours, plain].map((lane) => extraRuns(world, lane, items));
  if (mine === undefined || others === undefined) return undefined;
  const more = [...ours.runs].filter(
    ([item, times]) => items.has(item) && times > (plain.runs.get(item) ?? 0),
  );
  // Where an activity times out with both, how many polls are open decides how often it runs.
  const alike = more.filter(([item]) => extraRuns(world, plain, new Set([item])) > 0);
  if (mine <= others + alike.length) return undefined;
  const which = more.map(([item, times]) => `${item} ${world.work[Number(item)]?.kind ?? ''} ${times}`);
  return `extra runs: plain ${others}, ours ${mine}: item ${which.join(', ')}`;
}

function delivers({ ours, plain }: WorldFigures): string | undefined {
  const lost = [...plain.delivered].filter(
    (item) => !ours.delivered.has(item) && !isHeartbeatRejected(ours, item),
  );
  if (lost.length > 0)
    return `ours lacks ${lost.length} of ${plain.delivered.size} results that plain delivered`;
  // A result that plain drops without a word ends in a time-out.
  const isDropped = (item: string): boolean =>
    plain.reruns.some((rerun) => rerun.startsWith(`${item} `) && rerun.endsWith('timeout'));
  const abandoned = ours.abandoned.filter((item) => plain.delivered.has(item) && !isDropped(item));
  return abandoned.length > 0 ? `${abandoned.length} abandoned that plain delivered at once` : undefined;
}

/** Whether an activity ended by its time-out, and each heartbeat in that time was sent and rejected: the other worker's came a moment before. */
function isHeartbeatRejected({ timedOut, sends, rejections }: LaneFigures, item: string): boolean {
  const fromMs = (timedOut.get(item) ?? NaN) - heartbeatMs;
  const countOf = (made: readonly Send[]): number =>
    countIn(
      timesOf(made.filter(({ method }) => method === 'RecordActivityTaskHeartbeat')),
      fromMs,
      heartbeatMs,
    );
  const sent = countOf(sends);
  return sent > 0 && countOf(rejections) >= sent;
}

function tokens({ world, bornMs, zeroMs, terminatedMs, ours }: WorldFigures): string | undefined {
  const refreshes = (ms: number): number =>
    Math.ceil(ms / 1_000 / (leastRefreshShare * world.lifetimeSeconds));
  const { tokensAtMs } = ours;
  const limit = 12 + refreshes(minuteMs);
  const most = Math.max(0, ...tokensAtMs.map((fromMs) => countIn(tokensAtMs, fromMs, minuteMs)));
  if (most > limit) return `${most} token requests in a minute, ${limit} allowed`;
  for (const { rejectsEveryToken = false, noTokenHelps = rejectsEveryToken, ...span } of world.faults) {
    if (!noTokenHelps) continue;
    const { fromSeconds, forSeconds = Infinity } = span;
    const fromMs = fromSeconds === undefined ? bornMs : zeroMs + fromSeconds * 1_000;
    const forMs = Math.min(terminatedMs - fromMs, forSeconds * 1_000);
    const allowed = 5 + 2 * Math.max(0, Math.ceil(forMs / minuteMs) - 1) + refreshes(forMs);
    const asked = countIn(tokensAtMs, fromMs, forMs);
    if (asked > allowed) return `${asked} token requests where no token helps, ${allowed} allowed`;
  }
  return undefined;
}

function calls({ bornMs, terminatedMs, ours, plain }: WorldFigures): string | undefined {
  // A dead worker calls nobody.
  const untilMs = Math.min(plain.deadAtMs ?? terminatedMs, terminatedMs);
  const floor = floorPerMinute * Math.max(1, (untilMs - bornMs) / minuteMs);
  const others = byMethod(plain.sends, untilMs);
  // Where plain gets less done, it has less to report.
  const needed = [...ours.runs.values()].reduce((total, times) => total + times, 0);
  const whileRejected = 2 * rejectedSeconds(ours) * Math.max(1, ours.connectionsAtMs.length);
  for (const [method, count] of byMethod(ours.sends, untilMs)) {
    const other = others.get(method) ?? 0;
    const allowed = Math.floor(3 * Math.max(other, needed) + floor + whileRejected);
    if (count > allowed) return `${method}: plain ${other}, ours ${count}, ${allowed} allowed`;
  }
  return undefined;
}

function connections({ bornMs, terminatedMs, ours, plain }: WorldFigures): string | undefined {
  // Where each call ends its connection, one that hardly works makes few.
  if (2 * plain.completed < ours.completed) return undefined;
  const untilMs = Math.min(plain.deadAtMs ?? terminatedMs, terminatedMs);
  for (const [index, atMs] of ours.connectionsAtMs.entries()) {
    // Both may make one at the same moment.
    const other = plain.connectionsAtMs.filter((one) => one <= atMs + 1_000).length;
    const allowed = Math.floor(other * resetShare) + 3 + Math.floor((atMs - bornMs) / minuteMs);
    if (atMs <= untilMs && index >= allowed) {
      return `${index + 1} connections after ${inSeconds(atMs - bornMs)}, plain ${other}, ${allowed} allowed`;
    }
  }
  return undefined;
}

function ends({ world, terminatedMs, ours, plain }: WorldFigures): string | undefined {
  if (!ours.wasRunning) return undefined;
  // Behind the proxy it tells of abandoned results.
  if (world.connection !== 'proxy' && ours.exitCode !== 0 && ours.exitCode !== plain.exitCode)
    return `exit code ${ours.exitCode ?? 'none'}`;
  // Where all was well and done, nothing is waited for; a plain worker that is dead cannot tell.
  const isWell =
    ours.completed === world.work.length &&
    countIn(timesOf(ours.rejections), terminatedMs - 5_000, 5_000) === 0;
  const boundMs = Math.max(plain.exitMs + exitSlackMs, isWell && plain.wasRunning ? 0 : waitedForMs);
  return ours.exitMs > boundMs
    ? `plain after ${inSeconds(plain.exitMs)}, ours after ${inSeconds(ours.exitMs)}`
    : undefined;
}

function countIn(atMs: readonly number[], fromMs: number, forMs: number): number {
  return atMs.filter((one) => one >= fromMs && one < fromMs + forMs).length;
}

function timesOf(sends: readonly Send[]): readonly number[] {
  return sends.map(({ atMs }) => atMs);
}

function byMethod(sends: readonly Send[], untilMs: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, atMs } of sends) {
    if (atMs <= untilMs) counts.set(method, (counts.get(method) ?? 0) + 1);
  }
  return counts;
}

/** How many seconds had a rejection. */
function rejectedSeconds({ rejections }: LaneFigures): number {
  return new Set(rejections.map(({ atMs }) => Math.floor(atMs / 1_000))).size;
}
