import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type Clock, RefreshScheduler, type RefreshSchedulerOptions } from '../src/index.ts';
import { TokenServer } from './token-server.ts';

interface Bench {
  readonly clock: FakeClock;
  readonly server: TokenServer;
  readonly scheduler: RefreshScheduler<string>;
  /** Of each timer that waits, whether it keeps the process alive. */
  readonly kept: () => readonly boolean[];
}

/** A scheduler whose requests take 1 s. */
function setUp(options: Partial<RefreshSchedulerOptions<string>> = {}): Bench {
  const fake = new FakeClock();
  const server = new TokenServer(fake, { latencyMs: 1_000 });
  const waiting = new Map<object, boolean>();
  const clock: Clock = {
    monotonicNow: () => fake.monotonicNow(),
    wallNow: () => fake.wallNow(),
    startTimer: (callback, delayMs, { keepAlive = false } = {}) => {
      const key = {};
      waiting.set(key, keepAlive);
      const timer = fake.startTimer(() => {
        waiting.delete(key);
        callback();
      }, delayMs);
      return {
        cancel: () => {
          waiting.delete(key);
          timer.cancel();
        },
      };
    },
  };
  const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, ...options });
  return { clock: fake, server, scheduler, kept: () => [...waiting.values()] };
}

describe('the process is kept alive', () => {
  it('by nothing while a lease waits to come due, nor by a refresh that nobody waits for', async () => {
    const { clock, scheduler, kept } = setUp();
    scheduler.start();
    expect(kept()).toEqual([false]);
    await clock.advance(1_000);
    expect(scheduler.state.kind).toBe('scheduled');
    expect(kept()).toEqual([false]);
  });

  it('by the schedule when that is asked for', async () => {
    const { clock, scheduler, kept } = setUp({ keepAlive: true });
    scheduler.start();
    await clock.advance(1_000);
    expect(kept()).toEqual([true]);
  });

  it('by a refresh that somebody waits for, until it is over', async () => {
    const { clock, scheduler, kept } = setUp();
    scheduler.start();
    const waiting = scheduler.refreshNow();
    expect(kept()).toEqual([true]);
    await clock.advance(1_000);
    await waiting;
    expect(kept()).toEqual([false]);
  });

  it('by a refresh until the last who waits for it has left', async () => {
    const { clock, scheduler, kept } = setUp();
    const callers = [new AbortController(), new AbortController()];
    const waiting = callers.map(({ signal }) => scheduler.refreshNow({ signal }));
    callers[0]?.abort();
    await clock.advance(0);
    expect(kept()).toEqual([true]);
    callers[1]?.abort();
    await Promise.allSettled(waiting);
    expect(kept()).toEqual([false]);
  });

  it('by stop() until the refresh that it aborts has ended', async () => {
    const ends = Promise.withResolvers<never>();
    const { scheduler, kept } = setUp({ refresh: () => ends.promise });
    scheduler.start();
    const stop = scheduler.stop();
    expect(kept()).toEqual([true]);
    ends.reject(new Error('aborted'));
    await stop;
    expect(kept()).toEqual([]);
  });
});
