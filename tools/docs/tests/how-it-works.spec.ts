import {
  readInstant,
  refreshDelay,
  RefreshScheduler,
  type RefreshSchedulerState,
} from '@worker-auth/refresh-scheduler';
import type { ClientHealth } from '@worker-auth/temporal-auth';
import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { guideText } from './support/guide.ts';

const guide = guideText('how-it-works');
const minute = 60_000;

// The compiler rejects them when the code has other states.
const scheduler: Record<RefreshSchedulerState['kind'], true> = {
  idle: true,
  scheduled: true,
  refreshing: true,
  'backing-off': true,
  stopped: true,
};
const token: Record<ClientHealth['temporal']['state'], true> = {
  unknown: true,
  good: true,
  rejected: true,
  unreachable: true,
};
type OfTheWorker = 'RUNNING' | 'STOPPING' | 'DRAINING' | 'DRAINED';
const supervisor: Record<Exclude<ClientHealth['workers'][number]['state'], OfTheWorker> | 'running', true> = {
  INITIALIZED: true,
  STARTING: true,
  running: true,
  WAITING: true,
  STOPPED: true,
  FAILED: true,
};

const diagrams = [...guide.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, text = '']) => text);

it.each([
  ['scheduler', diagrams[0], scheduler],
  ['token', diagrams[1], token],
  ['supervisor', diagrams[2], supervisor],
])('the diagram of the %s has the states of the code', (_name, diagram = '', states) => {
  const arrows = [...diagram.matchAll(/^ {2}(\S+) --> ([\w-]+)/gm)];
  const drawn = new Set(arrows.flatMap(([, from = '', to = '']) => [from, to]));
  drawn.delete('[*]');
  expect([...drawn].sort()).toEqual(Object.keys(states).sort());
});

it.each([
  ['60 s', minute],
  ['5 min', 5 * minute],
  ['30 min', 30 * minute],
  ['1 h', 60 * minute],
  ['24 h', 24 * 60 * minute],
])('a token of %s is refreshed as the table says', async (name, lifetimeMs) => {
  const row = guide.split('\n').find((line) => line.startsWith(`| ${name} `));
  const [, , refreshed = '', margin, attempts] = (row ?? '').split('|').map((cell) => cell.trim());
  const bounds = [0, 1].map((random) => refreshDelay(lifetimeMs, {}, () => random));
  expect(refreshed.split(' to ').map(milliseconds)).toEqual(bounds);
  expect(milliseconds(margin ?? '')).toBe(Math.min(30_000, 0.2 * lifetimeMs));
  const attemptsMs = await attemptsInOutage(lifetimeMs);
  expect(attempts).toMatch(new RegExp(`^${attemptsMs.length} in the last `));
  const left = milliseconds(attempts?.replace(/^.*last /, '') ?? '');
  expect(Math.abs(lifetimeMs - (attemptsMs[0] ?? NaN) - left)).toBeLessThan(0.05 * left);
});

/** Of `3.5 min` for example. */
function milliseconds(text: string): number {
  const [count, unit = ''] = text.split(' ');
  return Number(count) * ({ s: 1_000, min: minute, h: 60 * minute }[unit] ?? NaN);
}

async function attemptsInOutage(lifetimeMs: number): Promise<readonly number[]> {
  const clock = new FakeClock();
  const startMs = clock.monotonicNow();
  const attemptsMs: number[] = [];
  const refresh = (): Promise<never> => {
    attemptsMs.push(clock.monotonicNow() - startMs);
    return Promise.reject(new Error('The token server is down'));
  };
  const initialLease = { value: 'token', obtainedAt: readInstant(clock), lifetimeMs };
  const scheduler = new RefreshScheduler({ refresh, clock, initialLease, random: () => 0.5 });
  scheduler.start();
  await clock.advance(lifetimeMs);
  await scheduler.stop();
  return attemptsMs.filter((ms) => ms < lifetimeMs);
}
