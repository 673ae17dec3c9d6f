import { performance } from 'node:perf_hooks';

const dayMs = 24 * 3_600_000;

/** Runs `body` while both clocks of the host say a day more. */
export async function aDayLater<T>(body: () => Promise<T>): Promise<T> {
  const ends = [Date, performance].map((clock) => {
    const now = clock.now.bind(clock);
    const descriptor = Object.getOwnPropertyDescriptor(clock, 'now');
    Object.defineProperty(clock, 'now', { value: () => now() + dayMs, configurable: true, writable: true });
    return () => {
      if (descriptor === undefined) Reflect.deleteProperty(clock, 'now');
      else Object.defineProperty(clock, 'now', descriptor);
    };
  });
  try {
    return await body();
  } finally {
    for (const end of ends) end();
  }
}
