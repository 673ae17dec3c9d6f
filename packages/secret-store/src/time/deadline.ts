import type { Clock } from './clock.ts';

/**
 * Runs `task` and ends it when `timeoutMs` have passed or `signal` is aborted, whether or not `task` listens to the
 * signal it gets.
 *
 * @param timeoutError makes what the promise rejects with when the time is over
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
  timeoutError: () => Error,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const leave = (): void => {
    controller.abort(signal?.reason);
  };
  // A caller is waiting, so the process must not end before the answer does.
  const expire = (): void => {
    controller.abort(timeoutError());
  };
  const timer = clock.startTimer(expire, timeoutMs, { keepAlive: true });
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await abortable(task(controller.signal), controller.signal);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', leave);
  }
}

/** Waits `delayMs` milliseconds; rejects with the signal's reason when that is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const leave = (): void => {
      timer.cancel();
      reject(reasonOf(signal));
    };
    const timer = clock.startTimer(
      () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      },
      delayMs,
      { keepAlive: true },
    );
    signal?.addEventListener('abort', leave, { once: true });
  });
}

/** What `promise` gives, unless `signal` is aborted first: for work that does not listen to a signal itself. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let leave: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => {
      reject(reasonOf(signal));
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The read was aborted', 'AbortError');
}
