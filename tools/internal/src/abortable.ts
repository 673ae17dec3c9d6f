import { checkSignal } from './options.ts';

/**
 * Waits for `promise` until `signal` aborts; the promise itself goes on for others, and when it rejects after that nobody is
 * troubled. Leaves no listener on the signal.
 *
 * @throws the signal's reason; TypeError for what is no signal
 */
export function abortable<T>(promise: T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  const work = Promise.resolve(promise);
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      reject(signal.reason as Error);
    };
    const settle = <V>(end: (value: V) => void) => {
      return (value: V): void => {
        signal.removeEventListener('abort', leave);
        end(value);
      };
    };
    // First of all: what is left behind must not become an unhandled rejection.
    void handled(work);
    checkSignal('signal', signal);
    work.then(settle(resolve), settle(reject));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/** The same promise, whose rejection counts as seen even when nobody awaits it. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
