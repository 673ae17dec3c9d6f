import { expect, it } from 'vitest';
import { brokenLaws } from '../src/worlds/judge.ts';
import { behindProxy, gateWorlds, namedWorlds, shortWorlds } from '../src/worlds/named-worlds.ts';
import { seededWorld } from '../src/worlds/seeded-world.ts';

const seeded = Array.from({ length: 21 }, (_, index) => seededWorld(index + 1));

// They wait more than they work.
it.each([
  ['sixty worlds and more: ours is never worse than a plain worker', [...namedWorlds, ...seeded], 6],
  [
    'eight worlds: a worker behind the proxy is never worse than a plain one',
    [...gateWorlds, ...shortWorlds].map(behindProxy),
    4,
  ],
] as const)('%s', { timeout: 4_800_000 }, async (_title, worlds, atOnce) => {
  expect(await brokenLaws(worlds, atOnce)).toBe('');
});
