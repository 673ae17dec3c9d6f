import { expect, it } from 'vitest';
import { openGround } from '../src/worlds/ground.ts';
import { judgeAll, linesOf } from '../src/worlds/judge.ts';
import { shortWorlds } from '../src/worlds/named-worlds.ts';

it('eight worlds: ours is never worse than a plain worker', async () => {
  await using ground = await openGround();
  const broken: string[] = [];
  await judgeAll(shortWorlds, ground, {
    atOnce: shortWorlds.length,
    onJudged: (judgement) => {
      if (judgement.broken.length > 0) broken.push(...linesOf(judgement, true));
    },
  });
  expect(broken.join('\n')).toBe('');
});
