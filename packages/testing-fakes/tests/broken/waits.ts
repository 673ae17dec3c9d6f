/** A model whose callers may leave while it waits for them. */
interface Waiting<T> {
  untilLeft(work: Promise<T>, signal: AbortSignal | undefined): Promise<T>;
}

/** Leaves a listener on the signal of each caller. */
export function leaveListener<T>(model: Waiting<T>): void {
  const untilLeft = model.untilLeft.bind(model);
  model.untilLeft = (work, signal) => {
    signal?.addEventListener('abort', () => undefined);
    return untilLeft(work, signal);
  };
}

/** Ends the wait of all callers when one of them leaves. */
export function endAllWaits<T>(model: Waiting<T>): void {
  const { promise: left, reject } = Promise.withResolvers<never>();
  left.catch(() => undefined);
  model.untilLeft = (work, signal) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    return Promise.race([work, left]);
  };
}

/** Looks at the signal of a caller only when there is an answer for him. */
export function lookLate<T>(model: Waiting<T>): void {
  model.untilLeft = async (work, signal) => {
    const given = await work;
    signal?.throwIfAborted();
    return given;
  };
}

/** Makes one call after the other, with a pause before each. */
export function inTurn<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
  pause?: () => Promise<void>,
): (...args: A) => Promise<R> {
  let before: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = before.then(pause).then(() => call(...args));
    before = mine.catch(() => undefined);
    return mine;
  };
}
