import { expect, it } from 'vitest';
import { seededWorld } from '../src/worlds/seeded-world.ts';
import { describeWorld, namespacesOf } from '../src/worlds/world.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

it('is always the same for a seed, and another one for the next', () => {
  const described = seeds.map((seed) => describeWorld(seededWorld(seed)).slice(1).join('\n'));
  expect(seeds.map((seed) => describeWorld(seededWorld(seed)).slice(1).join('\n'))).toEqual(described);
  expect(new Set(described).size).toBe(seeds.length);
});

it('has one to four faults, tokens of 10 to 300 s, and work of each kind somewhere', () => {
  const worlds = seeds.map(seededWorld);
  for (const { faults, lifetimeSeconds } of worlds) {
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThan(5);
    expect(lifetimeSeconds).toBeGreaterThanOrEqual(10);
    expect(lifetimeSeconds).toBeLessThanOrEqual(300);
  }
  expect(new Set(worlds.flatMap(({ work }) => work.map(({ kind }) => kind))).size).toBe(7);
  expect(new Set(worlds.map(({ connection }) => connection)).size).toBe(2);
  expect(worlds.some(({ frontends }) => frontends === 2)).toBe(true);
  expect(worlds.some(({ work }) => namespacesOf(work).length === 2)).toBe(true);
  expect(worlds.some(({ faults }) => faults.some(({ fault }) => fault.breaks.includes('twin')))).toBe(true);
});
