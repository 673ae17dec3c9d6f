import { expect, it } from 'vitest';
import { brokenLaws } from '../src/worlds/judge.ts';
import { gateWorlds } from '../src/worlds/named-worlds.ts';

it('two worlds: ours is never worse than a plain worker', async () => {
  expect(await brokenLaws(gateWorlds, gateWorlds.length)).toBe('');
});
