import { FakeClock, watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { type Bench, TokenServer } from './token-server.ts';

const events = ['refreshed', 'refreshFailed', 'leaseExpired', 'stopped'] as const;
const down = new Error('503');

/** Brings about the event. */
const causes: Record<(typeof events)[number], (bench: Bench) => Promise<unknown>> = {
  refreshed: ({ clock }) => clock.advance(0),
  refreshFailed: ({ clock, server }) => {
    server.answer = { error: down };
    return clock.advance(1_800_000);
  },
  leaseExpired: ({ clock, server }) => {
    server.answer = { error: down };
    return clock.advance(3_600_000);
  },
  stopped: ({ scheduler }) => scheduler.stop(),
};

const calls: [string, (bench: Bench) => unknown][] = [
  ['stop()', ({ scheduler }) => scheduler.stop()],
  [
    'start()',
    ({ scheduler }) => {
      scheduler.start();
    },
  ],
  ['refreshNow()', ({ scheduler }) => scheduler.refreshNow()],
  [
    'refreshIfDue()',
    ({ scheduler }) => {
      scheduler.refreshIfDue();
    },
  ],
  ['accept()', ({ scheduler, server }) => scheduler.accept(server.lease('handed in'))],
  [
    'discard()',
    ({ scheduler }) => {
      scheduler.discard();
    },
  ],
  [
    'discard({ retryAtOnce })',
    ({ scheduler }) => {
      scheduler.discard({ retryAtOnce: true });
    },
  ],
  ['on()', ({ scheduler }) => scheduler.on('refreshed', () => undefined)],
  [
    'a throw',
    () => {
      throw new Error('a listener');
    },
  ],
  ['a rejection', () => Promise.reject(new Error('a listener'))],
];

describe.each(events)('inside a listener of %s', (event) => {
  it.each(calls)('may be called, or done: %s', async (_name, call) => {
    using unhandled = watchUnhandledRejections();
    const clock = new FakeClock();
    const server = new TokenServer(clock);
    const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, random: () => 1 });
    const bench = { clock, server, scheduler };
    let heard = 0;
    let heardByOthers = 0;
    const listener = (): unknown => {
      // Once: a listener that always asks again would go round for ever, by its own will.
      if (heard++ > 0) return undefined;
      // Nobody but the emitter sees to what it gives: a handler here would hide a rejection that nobody handles.
      return call(bench);
    };
    scheduler.on(event, listener);
    scheduler.on(event, () => heardByOthers++);
    scheduler.start();
    await causes[event](bench);
    expect(heard).toBeGreaterThan(0);
    expect(heardByOthers).toBe(heard);
    expect(server.mostRunning).toBe(1);
    server.answer = {};
    await clock.advance(600_000);
    // Whatever the listener did, the scheduler goes on, unless it is stopped.
    if (scheduler.state.kind !== 'stopped') expect(scheduler.lease).toBeDefined();
    await scheduler.stop();
    expect(await unhandled.end()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

it('stops when the function that reads the hints of an error calls stop()', async () => {
  const clock = new FakeClock();
  const server = new TokenServer(clock);
  server.answer = { error: down };
  let stopping: Promise<void> | undefined;
  const scheduler = new RefreshScheduler({
    refresh: server.refresh,
    hintsOf: () => {
      stopping = scheduler.stop();
      return {};
    },
    clock,
  });
  scheduler.start();
  await clock.advance(0);
  await stopping;
  expect(scheduler.state).toEqual({ kind: 'stopped' });
  const { requests } = server;
  await clock.advance(86_400_000);
  expect([server.requests, clock.pendingTimers]).toEqual([requests, 0]);
});

it('leaves no rejection unhandled when nobody waits for a refresh that fails', async () => {
  using unhandled = watchUnhandledRejections();
  const clock = new FakeClock();
  const server = new TokenServer(clock, { error: down });
  const scheduler = new RefreshScheduler({ refresh: server.refresh, clock });
  scheduler.start();
  void scheduler.refreshNow();
  void scheduler.refreshNow({ signal: AbortSignal.abort() });
  void scheduler.refreshNow({ signal: new AbortController().signal });
  await clock.advance(600_000);
  await scheduler.stop();
  void scheduler.refreshNow();
  await clock.advance(0);
  expect(await unhandled.end()).toEqual([]);
});
