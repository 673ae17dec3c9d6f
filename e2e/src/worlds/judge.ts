import { laws } from './laws.ts';
import type { WorldFigures } from './figures.ts';
import { type Ground, runWorld } from './run-world.ts';
import type { World } from './world.ts';

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

/** Runs a world until it is known which laws are broken in two of three runs; lanes are swapped from run to run. */
export async function judge(world: World, ground: Ground): Promise<Judgement> {
  const runs: WorldFigures[] = [];
  for (let run = 0; run < 3; run++) {
    runs.push(await runWorld(world, ground, run % 2 === 1));
    const broken = brokenIn(runs);
    const needsAnother = broken.some(({ how }) => how.length === 1);
    if (run === 1 ? !needsAnother : broken.length === 0) break;
  }
  return { world, runs, broken: brokenIn(runs).filter(({ how }) => how.length > 1) };
}

/** Laws that were broken at all. */
export function brokenIn(runs: readonly WorldFigures[]): readonly Broken[] {
  return laws.flatMap(({ name, broken }) => {
    const how = runs.flatMap((figures) => broken(figures) ?? []);
    return how.length === 0 ? [] : [{ law: name, how }];
  });
}
