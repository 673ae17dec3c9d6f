import { expect, it } from 'vitest';
import { openGround } from '../src/worlds/ground.ts';
import { judgeAll, linesOf } from '../src/worlds/judge.ts';
import { namedWorlds } from '../src/worlds/named-worlds.ts';
import { seededWorld } from '../src/worlds/seeded-world.ts';

const count = 60;
/** They wait more than they work. */
const atOnce = 6;

it('sixty worlds: ours is never worse than a plain worker', async () => {
  const seeds = Array.from({ length: count - namedWorlds.length }, (_, index) => seededWorld(index + 1));
  await using ground = await openGround();
  const broken: string[] = [];
  await judgeAll([...namedWorlds, ...seeds], ground, {
    atOnce,
    onJudged: (judgement) => {
      if (judgement.broken.length > 0) broken.push(...linesOf(judgement, true));
    },
  });
  expect(broken.join('\n')).toBe('');
}, 3_600_000);
