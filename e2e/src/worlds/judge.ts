import { settlesWithin } from '../fixtures/eventually.ts';
import { type LaneFigures, lineOf, type WorldFigures } from './figures.ts';
import { laws } from './laws.ts';
import { type Ground, openGround } from './ground.ts';
import { runWorld } from './run-world.ts';
import { describeWorld, type World } from './world.ts';

/** A law that ours broke in two of three runs. */
export interface Broken {
  readonly law: string;
  /** How, in each run in which it was. */
  readonly how: readonly string[];
}

/** A world after its runs: one when no law was broken. */
export interface Judgement {
  readonly world: World;
  readonly runs: readonly WorldFigures[];
  readonly broken: readonly Broken[];
}

/** Many times what a world takes: one that does not end by then is said by its name. */
const endBoundMs = 600_000;

/** Runs a world until it is known which laws are broken in two of three runs; lanes are swapped after the first. */
export async function judge(world: World, ground: Ground): Promise<Judgement> {
  const runs: WorldFigures[] = [];
  for (let run = 0; run < 3; run++) {
    // Any two that broke a law had both orders.
    runs.push(await inTime(world, runWorld(world, ground, run > 0)));
    const broken = brokenIn(runs);
    const needsAnother = broken.some(({ how }) => how.length === 1);
    if (run === 1 ? !needsAnother : broken.length === 0) break;
  }
  return { world, runs, broken: brokenIn(runs).filter(({ how }) => how.length > 1) };
}

async function inTime<T>(world: World, running: Promise<T>): Promise<T> {
  if (await settlesWithin(running, endBoundMs)) return running;
  throw new Error(`The world ${world.name} did not end within ${endBoundMs / 1_000} s`);
}

/** Laws that were broken at all. */
function brokenIn(runs: readonly WorldFigures[]): readonly Broken[] {
  return laws.flatMap(({ name, broken }) => {
    const how = runs.flatMap((figures) => broken(figures) ?? []);
    return how.length === 0 ? [] : [{ law: name, how }];
  });
}

/** Judges worlds, several at a time. @param onJudged called with each one when it is judged */
export async function judgeAll(
  worlds: readonly World[],
  ground: Ground,
  { atOnce, onJudged }: { readonly atOnce: number; readonly onJudged: (judgement: Judgement) => unknown },
): Promise<void> {
  const waiting = [...worlds];
  const one = async (): Promise<void> => {
    for (let world = waiting.shift(); world !== undefined; world = waiting.shift()) {
      await onJudged(await judge(world, ground));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** Judges worlds on a ground of their own. @returns what is known of those that broke a law; empty where none did */
export async function brokenLaws(worlds: readonly World[], atOnce: number): Promise<string> {
  await using ground = await openGround();
  const broken: string[] = [];
  await judgeAll(worlds, ground, {
    atOnce,
    onJudged: (judgement) => {
      console.log(linesOf(judgement).join('\n'));
      if (judgement.broken.length > 0) broken.push(...linesOf(judgement, true));
    },
  });
  return broken.join('\n');
}

/** A world, its runs and the laws that it broke, in lines. */
export function linesOf({ world, runs, broken }: Judgement, withLog = false): readonly string[] {
  return [
    ...describeWorld(world),
    ...runs.flatMap((figures) =>
      [figures.ours, figures.plain].flatMap((lane) => [
        `  ${lineOf(figures, lane)}`,
        ...lane.reruns.map((rerun) => `    ${lane.kind}, item ${rerun}`),
        ...(withLog ? logOf(figures, lane) : []),
      ]),
    ),
    ...broken.map(({ law, how }) => `  BROKEN ${law}: ${how.join(' | ')}`),
  ];
}

function logOf({ bornMs }: WorldFigures, { kind, log, health }: LaneFigures): readonly string[] {
  const changes = health.filter(({ temporal }, index) => temporal !== health[index - 1]?.temporal);
  const lines = [
    ...log.map(({ atMs, level, message }) => ({ atMs, text: `${level} ${message.slice(0, 300)}` })),
    ...changes.map(({ atMs, temporal }) => ({ atMs, text: `health: ${temporal}` })),
  ];
  return lines
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `    ${kind} ${((atMs - bornMs) / 1_000).toFixed(1)} ${text}`);
}
