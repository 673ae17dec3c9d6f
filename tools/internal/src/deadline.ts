import { abortable } from './abortable.ts';
import type { Clock } from '@worker-auth/ports';
import { throwIfAborted } from './options.ts';

/** A deadline that is noticed so late shows that the process stood still, in milliseconds. */
const stallMs = 50;

/** What arrived during a stall is read for so long at most, in milliseconds. */
const maxGraceMs = 1_000;

/** Settings of {@link withDeadline}. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** Milliseconds from now, 0 or more. */
  readonly timeoutMs: number;
  /** The caller's; ends the wait earlier, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the promise rejects with when the time has passed. */
  readonly timeoutError: () => Error;
}

/**
 * How much longer a deadline is waited for when it is noticed `lateMs` too late, in milliseconds: 0 when that is not late. Timers run before
 * what has arrived is read, so after a stall (a blocked event loop, SIGSTOP, a throttled pod) the answer would be thrown away.
 */
export function graceAfterStall(lateMs: number, timeoutMs: number): number {
  return lateMs < stallMs ? 0 : Math.min(timeoutMs, maxGraceMs);
}

/**
 * Runs `task` and ends the wait for it when its time has passed or the caller's signal aborts, whether or not `task` listens to the
 * signal that it gets. Somebody waits for a deadline, so it keeps the process alive. See {@link graceAfterStall}.
 *
 * @throws what `task` throws, the timeout's error, or the caller's reason
 */
export async function withDeadline<T>(
  task: (signal: AbortSignal) => T | PromiseLike<T>,
  { clock, timeoutMs, signal, timeoutError }: DeadlineOptions,
): Promise<T> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const end = (reason: unknown): void => {
    controller.abort(reason);
    reject(reason);
  };
  const leave = (): void => {
    end(signal?.reason);
  };
  const expire = (): void => {
    end(timeoutError());
  };
  const dueMs = clock.monotonicNow() + timeoutMs;
  const onDue = (): void => {
    const graceMs = graceAfterStall(clock.monotonicNow() - dueMs, timeoutMs);
    if (graceMs === 0) expire();
    else timer = clock.startTimer(expire, graceMs, { keepAlive: true });
  };
  let timer = clock.startTimer(onDue, timeoutMs, { keepAlive: true });
  signal?.addEventListener('abort', leave);
  try {
    // What the task throws comes too late when it has ended the wait itself.
    new Promise<T>((settle) => {
      settle(task(controller.signal));
    }).then(resolve, reject);
    return await promise;
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', leave);
  }
}

/**
 * Waits `delayMs` milliseconds, and keeps the process alive meanwhile.
 *
 * @throws the signal's reason when that aborts first
 */
export async function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.startTimer(
    () => {
      resolve(undefined);
    },
    delayMs,
    { keepAlive: true },
  );
  try {
    await abortable(promise, signal);
  } finally {
    timer.cancel();
  }
}
