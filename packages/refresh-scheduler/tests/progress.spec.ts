import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../src/lease.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import type { RefreshSchedulerOptions } from '../src/scheduler-options.ts';
import { readInstant } from '@worker-auth/internal';

/** A started scheduler whose `refresh` gives what `lease` says, and how often it was asked. */
function started(
  lease: (clock: FakeClock) => Lease<string>,
  options: Partial<RefreshSchedulerOptions<string>> = {},
): { clock: FakeClock; scheduler: RefreshScheduler<string>; refreshes: () => number } {
  const clock = new FakeClock();
  let refreshes = 0;
  const scheduler = new RefreshScheduler<string>({
    refresh: () => {
      refreshes++;
      return Promise.resolve(lease(clock));
    },
    clock,
    random: () => 1,
    ...options,
  });
  scheduler.start();
  return { clock, scheduler, refreshes: () => refreshes };
}

describe('a refresh that succeeds and leads nowhere', () => {
  it('waits as after a failure when the lease came from a cache and is due on arrival', async () => {
    const cache = new FakeClock();
    const cached = { value: 'cached', obtainedAt: readInstant(cache), lifetimeMs: 3_600_000 };
    const { clock, scheduler, refreshes } = started(() => cached);
    await clock.advance(40 * 60_000);
    const before = refreshes();
    await clock.advance(2_000);
    expect(refreshes() - before).toBeLessThanOrEqual(1);
    expect(scheduler.lease?.value).toBe('cached');
    expect(scheduler.state).toMatchObject({
      kind: 'backing-off',
      error: {
        code: 'REFRESH_SCHEDULER_LEASE_DUE_ON_ARRIVAL',
        message: expect.stringMatching(/Check its lifetime and the refresh policy$/) as string,
      },
    });
  });

  it.each([
    { lifetimeMs: 125, dueInMs: 100, kind: 'backing-off' },
    { lifetimeMs: 127, dueInMs: 101, kind: 'scheduled' },
  ])('is one whose lease is due within the shortest wait: $dueInMs ms', ({ lifetimeMs, dueInMs, kind }) => {
    const clock = new FakeClock();
    const refresh = (): Promise<Lease<string>> => Promise.reject(new Error('503'));
    const initialLease = { value: 'first', obtainedAt: readInstant(clock), lifetimeMs: 3_600_000 };
    const scheduler = new RefreshScheduler({ refresh, clock, random: () => 1, initialLease });
    scheduler.start();
    scheduler.accept({ ...initialLease, lifetimeMs });
    expect(scheduler.dueInMs).toBe(dueInMs);
    expect(scheduler.state.kind).toBe(kind);
  });

  it('waits each time, and not at all any more after a lease that is of use', async () => {
    let ageMs = 59 * 60_000;
    const { clock, scheduler } = started((now) => ({
      value: 'from disk',
      obtainedAt: { monotonicMs: now.monotonicNow() - ageMs, wallMs: now.wallNow() - ageMs },
      lifetimeMs: 3_600_000,
    }));
    await clock.advance(0);
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 1, nextAttemptInMs: 45_000 });
    await clock.advance(45_000);
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 2 });
    ageMs = 0;
    await clock.advance(45_000);
    expect(scheduler.state.kind).toBe('scheduled');
  });
});

describe('a lease of another process', () => {
  const hourMs = 3_600_000;

  it('is over by this process’s monotonic clock when the wall clock is set back', async () => {
    const clock = new FakeClock();
    const scheduler = new RefreshScheduler<string>({
      refresh: () => Promise.reject(new Error('503')),
      clock,
    });
    const wallMs = clock.wallNow() - 10 * 60_000;
    scheduler.accept({ value: 'elsewhere', obtainedAt: { monotonicMs: 1e9, wallMs }, lifetimeMs: hourMs });
    clock.stepWall(-2 * hourMs);
    await clock.advance(50 * 60_000 - 1);
    expect(scheduler.lease?.value).toBe('elsewhere');
    await clock.advance(1);
    expect(scheduler.lease).toBeUndefined();
  });

  it('is compared by its age, not by the monotonic clocks of two processes', () => {
    const clock = new FakeClock();
    const scheduler = new RefreshScheduler<string>({
      refresh: () => Promise.reject(new Error('503')),
      clock,
    });
    const elsewhere = (value: string, monotonicMs: number, ageMs: number): Lease<string> => ({
      value,
      obtainedAt: { monotonicMs, wallMs: clock.wallNow() - ageMs },
      lifetimeMs: hourMs,
    });
    expect(scheduler.accept(elsewhere('of 5 minutes', 9e9, 300_000))).toBe(true);
    expect(scheduler.accept(elsewhere('of 10 minutes', 99e9, 600_000))).toBe(false);
    expect(scheduler.accept(elsewhere('of 1 minute', 5e9, 60_000))).toBe(true);
    expect(scheduler.lease?.value).toBe('of 1 minute');
  });
});

describe('a lease of this process', () => {
  const refresh = (): Promise<Lease<string>> => Promise.reject(new Error('503'));

  function lease(clock: FakeClock): Lease<string> {
    return { value: 'here', obtainedAt: readInstant(clock), lifetimeMs: 3_600_000 };
  }

  it('is as old as its monotonic reading says when the wall clock was set back before it was handed in', async () => {
    const clock = new FakeClock();
    const initialLease = lease(clock);
    await clock.advance(10 * 60_000);
    clock.stepWall(-3_600_000);
    const scheduler = new RefreshScheduler({ refresh, clock, random: () => 1, initialLease });
    expect(scheduler.dueInMs).toBe(20 * 60_000);
  });
});
