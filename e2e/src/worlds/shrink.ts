import { brokenIn, type Judgement } from './judge.ts';
import type { Ground } from './ground.ts';
import { runWorld } from './run-world.ts';
import type { World } from './world.ts';

/** Which parts of a seed's world are left, when the others are not needed to break a law. */
export interface Parts {
  readonly faults: readonly number[];
  readonly items: readonly number[];
}

/** A world with some of its faults and items. */
export function partOf(world: World, { faults: kept, items: left }: Parts): World {
  return {
    ...world,
    faults: world.faults.filter((_, index) => kept.includes(index)),
    work: world.work.filter((_, index) => left.includes(index)),
  };
}

/** What is left of a world that broke a law: without any of its faults, and without half of its items, it is not broken any more. */
export async function shrink({ world, broken }: Judgement, ground: Ground): Promise<Parts> {
  const law = broken[0]?.law;
  let parts: Parts = { faults: [...world.faults.keys()], items: [...world.work.keys()] };
  const tryWithout = async (smaller: Parts): Promise<void> => {
    if (await isBroken(partOf(world, smaller), law, ground)) parts = smaller;
  };
  for (const fault of parts.faults) {
    await tryWithout({ ...parts, faults: parts.faults.filter((other) => other !== fault) });
  }
  for (
    let size = Math.ceil(parts.items.length / 2);
    size > 0 && size < parts.items.length;
    size = Math.ceil(size / 2)
  ) {
    const before = parts.items.length;
    await tryWithout({ ...parts, items: parts.items.slice(0, before - size) });
    if (parts.items.length === before) await tryWithout({ ...parts, items: parts.items.slice(size) });
    if (parts.items.length === before && size === 1) break;
  }
  return parts;
}

/** Whether two of three runs break the law. */
async function isBroken(world: World, law: string | undefined, ground: Ground): Promise<boolean> {
  let broken = 0;
  for (let run = 0; run < 3 && broken < 2 && run - broken < 2; run++) {
    const figures = await runWorld(world, ground, run > 0);
    if (brokenIn([figures]).some((one) => one.law === law)) broken++;
  }
  return broken >= 2;
}
