/** How many want it now, and what ends it. */
let users = 0;
let restore = (): void => undefined;

/**
 * Runs `body` while the global `setTimeout` and `AbortSignal.timeout` end `factor` times sooner, so that a deadline of a minute is seen within
 * seconds. What imports its timers from `node:timers`, as the contracts do, is not changed.
 */
export async function withFasterTimers<T>(factor: number, body: () => Promise<T>): Promise<T> {
  if (users++ === 0) restore = hasten(factor);
  try {
    return await body();
  } finally {
    if (--users === 0) restore();
  }
}

function hasten(factor: number): () => void {
  const { setTimeout } = globalThis;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const sooner = (ms = 0): number => Math.ceil(ms / factor);
  globalThis.setTimeout = new Proxy(setTimeout, {
    apply: (target, self, [callback, ms, ...rest]: [unknown, number?, ...unknown[]]) =>
      Reflect.apply(target, self, [callback, sooner(ms), ...rest]) as unknown,
  });
  AbortSignal.timeout = (ms) => timeout(sooner(ms));
  return () => {
    globalThis.setTimeout = setTimeout;
    AbortSignal.timeout = timeout;
  };
}
