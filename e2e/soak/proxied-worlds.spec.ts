import { expect, it } from 'vitest';
import { openGround } from '../src/worlds/ground.ts';
import { judgeAll, linesOf } from '../src/worlds/judge.ts';
import { behindProxy, shortWorlds } from '../src/worlds/named-worlds.ts';

it('eight worlds: a worker behind the proxy is never worse than a plain one', async () => {
  await using ground = await openGround();
  const broken: string[] = [];
  await judgeAll(shortWorlds.map(behindProxy), ground, {
    atOnce: 4,
    onJudged: (judgement) => {
      console.log(linesOf(judgement).join('\n'));
      if (judgement.broken.length > 0) broken.push(...linesOf(judgement, true));
    },
  });
  expect(broken.join('\n')).toBe('');
}, 1_800_000);
