/**
 * Waits for what a caller's own function promised, until `signal` aborts: a function that does not listen to its signal must not
 * hold up `stop()`. Leaves no listener on the signal.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
