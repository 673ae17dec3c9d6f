import { describe, expect, it } from 'vitest';
import { defaultProbePace, idleWait, soonWait, troubledWait } from '../../src/worker/probe-pace.ts';

describe('the wait before a probe', () => {
  it.each([
    [0, 17_500],
    [0.5, 20_000],
    [1, 22_500],
  ])('while all is well is an eighth shorter to an eighth longer: with %d it is %d ms', (random, waitMs) => {
    expect(idleWait(defaultProbePace, () => random)).toBe(waitMs);
  });

  it.each([
    [1, 0, 500],
    [1, 0.5, 375],
    [1, 1, 250],
    [2, 0, 1_000],
    [3, 0, 2_000],
    [4, 0, 3_000],
    [40, 1, 1_500],
  ])('after %d that were not good, with %d, is %d ms', (count, random, waitMs) => {
    expect(troubledWait(defaultProbePace, count, () => random)).toBe(waitMs);
  });

  it.each([
    [0, 2_000],
    [1_699, 301],
    [1_700, 300],
    [Infinity, 300],
  ])('that something asks for %d ms after the last one is %d ms', (sinceLastMs, waitMs) => {
    expect(soonWait(defaultProbePace, sinceLastMs)).toBe(waitMs);
  });
});
