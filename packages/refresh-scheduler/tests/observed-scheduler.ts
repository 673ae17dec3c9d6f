import { FakeClock } from '@worker-auth/testing-fakes';
import { expect } from 'vitest';
import { retryHints } from '../src/backoff-policy.ts';
import { type Lease, remainingMs } from '../src/lease.ts';
import { refreshDelay } from '../src/refresh-policy.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import { timerStepMs } from '../src/step-timer.ts';
import { type Answer, TokenServer } from './token-server.ts';

/** Longest wait after a failure: the cap of Retry-After of a 429, and the draw that is added to it. */
export const longestBackoffMs = 3_600_000 + 360_000;

/** A started scheduler under the invariants that hold at every moment, whatever is done to it. */
export class ObservedScheduler {
  readonly clock = new FakeClock();
  readonly server = new TokenServer(this.clock, { lifetimeMs: 300_000, latencyMs: 50 });
  readonly scheduler: RefreshScheduler<string>;
  isStopped = false;
  /** Timers that the scheduler set and that neither fired nor were cancelled. */
  #timers = 0;
  #refreshed = 0;
  #failed = 0;
  #stoppedEvents = 0;
  /** Whether a refresh was ever dropped: then there are requests of which no event tells. */
  #dropsARefresh = false;
  #lastDisturbance: Instant | undefined;
  #lastJumpMs = -Infinity;
  /** Until then the server asked not to be called. */
  #askedUntilMs = -Infinity;
  readonly #unexpected: string[] = [];

  constructor(draws: readonly number[]) {
    let drawn = 0;
    this.scheduler = new RefreshScheduler({
      refresh: this.server.refresh,
      clock: this.#countingClock(),
      random: () => draws[drawn++ % draws.length] ?? 0,
    });
    this.scheduler.on('refreshed', () => {
      this.#refreshed++;
      this.#noteAfterStop('refreshed');
    });
    this.scheduler.on('refreshFailed', ({ error }) => {
      this.#failed++;
      const { retryAfterMs = 0, isThrottled = false } = retryHints(error);
      const askedMs = Math.min(isThrottled ? 3_600_000 : 600_000, retryAfterMs);
      if (askedMs > 0) this.#askedUntilMs = this.clock.monotonicNow() + askedMs;
      this.#noteAfterStop('refreshFailed');
    });
    this.scheduler.on('leaseExpired', ({ lease }) => {
      this.#noteAfterStop('leaseExpired');
      if (remainingMs(this.clock, lease) > 0) this.#unexpected.push('leaseExpired before its end');
      if (!this.#wasDisturbedSince(lease)) this.#unexpected.push('a lapse while the server answered');
    });
    this.scheduler.on('stopped', () => this.#stoppedEvents++);
    this.scheduler.start();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (isBad(this.server.answer)) this.#disturb();
  }

  suspend(ms: number): void {
    this.clock.suspend(ms);
    this.#jump();
  }

  stepWall(ms: number): void {
    this.clock.stepWall(ms);
    this.#jump();
  }

  setAnswer(answer: Answer): void {
    this.#disturb();
    this.server.answer = answer;
  }

  accept(lifetimeMs: number): void {
    // Somebody else's lease may be as short as it likes: its lapse says nothing about the scheduler.
    this.#disturb();
    this.scheduler.accept(this.server.lease('accepted', lifetimeMs));
  }

  discard(retryAtOnce: boolean): void {
    this.#disturb();
    this.#dropsARefresh ||= this.server.running > 0;
    this.scheduler.discard({ retryAtOnce });
  }

  /** Stops it, with the refresh that runs, and remembers what must not grow any more. */
  async stop(): Promise<void> {
    const stop = this.scheduler.stop();
    this.isStopped = true;
    await stop;
  }

  check(): void {
    const { server, scheduler, clock } = this;
    expect(this.#unexpected).toEqual([]);
    expect(server.mostRunning).toBeLessThanOrEqual(1);
    expect(this.#timers).toBe(this.isStopped ? 0 : 1);
    if (this.isStopped) {
      expect(server.running).toBe(0);
      expect(this.#stoppedEvents).toBe(1);
      expect(scheduler.state).toEqual({ kind: 'stopped' });
      return;
    }
    expect(this.#stoppedEvents).toBe(0);
    const reported = this.#refreshed + this.#failed;
    const ended = server.requests - server.running;
    if (this.#dropsARefresh) expect(reported).toBeLessThanOrEqual(ended);
    else expect(reported).toBe(ended);
    if (scheduler.lease !== undefined) expect(remainingMs(clock, scheduler.lease)).toBeGreaterThan(0);
    this.#checkSchedule();
  }

  #checkSchedule(): void {
    const { state, lease } = this.scheduler;
    expect(state.kind).toBe(
      this.server.running === 1 ? 'refreshing' : state.kind === 'scheduled' ? 'scheduled' : 'backing-off',
    );
    if (state.kind === 'backing-off') expect(state.nextAttemptInMs).toBeLessThanOrEqual(longestBackoffMs);
    if (state.kind !== 'scheduled' || lease === undefined) return;
    if (this.clock.monotonicNow() < this.#askedUntilMs + timerStepMs) return;
    // Overdue at most for the step in which a jump is not noticed yet.
    const ruleMs = refreshDelay(lease.lifetimeMs, {}, () => 1);
    const isSettled = this.clock.monotonicNow() - this.#lastJumpMs >= timerStepMs;
    const byMonotonicMs = this.clock.monotonicNow() - lease.obtainedAt.monotonicMs;
    expect(isSettled ? elapsedMs(this.clock, lease.obtainedAt) : byMonotonicMs).toBeLessThanOrEqual(ruleMs);
    expect(state.nextAttemptInMs).toBeLessThanOrEqual(ruleMs);
  }

  #countingClock(): Clock {
    const { clock } = this;
    return {
      monotonicNow: () => clock.monotonicNow(),
      wallNow: () => clock.wallNow(),
      startTimer: (callback, delayMs) => {
        let isPending = true;
        const done = (): void => {
          if (isPending) this.#timers--;
          isPending = false;
        };
        this.#timers++;
        const timer = clock.startTimer(() => {
          done();
          callback();
        }, delayMs);
        return {
          cancel: () => {
            done();
            timer.cancel();
          },
        };
      },
    };
  }

  #jump(): void {
    this.#disturb();
    this.#lastJumpMs = this.clock.monotonicNow();
  }

  #disturb(): void {
    this.#lastDisturbance = readInstant(this.clock);
  }

  #wasDisturbedSince(lease: Lease<string>): boolean {
    return (
      isBad(this.server.answer) ||
      (this.#lastDisturbance !== undefined &&
        this.#lastDisturbance.monotonicMs >= lease.obtainedAt.monotonicMs)
    );
  }

  #noteAfterStop(event: string): void {
    if (this.isStopped) this.#unexpected.push(`${event} after stop`);
  }
}

/** Whether leases may lapse with this server: it fails, hangs, or takes longer than a lease's margin. */
function isBad({ error, latencyMs = 0, lifetimeMs = 0 }: Answer): boolean {
  return error !== undefined || latencyMs * 5 >= lifetimeMs || latencyMs >= 10_000;
}
