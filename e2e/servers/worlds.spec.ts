import { expect, it } from 'vitest';
import { brokenLaws } from '../src/worlds/judge.ts';
import { shortWorlds } from '../src/worlds/named-worlds.ts';

it('six worlds: ours is never worse than a plain worker', async () => {
  expect(await brokenLaws(shortWorlds, shortWorlds.length)).toBe('');
});
