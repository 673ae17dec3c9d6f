import { abortable } from './abortable.ts';
import type { Clock } from './clock.ts';

/** Settings of {@link withDeadline}. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** Milliseconds from now, 0 or more. */
  readonly timeoutMs: number;
  /** The caller's; ends the wait earlier, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the promise rejects with when the time is over. */
  readonly timeoutError: () => Error;
}

/**
 * Runs `task` and ends the wait for it when its time is over or the caller's signal aborts, whether or not `task` listens to the
 * signal that it gets. Somebody waits for a deadline, so it keeps the process alive.
 *
 * @throws what `task` throws, the timeout's error, or the caller's reason
 */
export async function withDeadline<T>(
  task: (signal: AbortSignal) => T | PromiseLike<T>,
  { clock, timeoutMs, signal, timeoutError }: DeadlineOptions,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const leave = (): void => {
    controller.abort(signal?.reason);
  };
  const expire = (): void => {
    controller.abort(timeoutError());
  };
  const timer = clock.startTimer(expire, timeoutMs, { keepAlive: true });
  signal?.addEventListener('abort', leave);
  try {
    return await abortable(task(controller.signal), controller.signal);
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
  signal?.throwIfAborted();
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
