import { AssertionError } from 'node:assert';
import timers from 'node:timers';
import { setImmediate } from 'node:timers/promises';

// Not the globals, and as they are now: a suite may put fake timers in their place.
const { clearInterval, setInterval } = timers;
/** Turns of the event loop after which everything that needs no I/O and no timer has happened. */
const defaultTurns = 5;
/** In so many parts a patience ends: a process that gets no CPU for a while loses one of them, however long that was. */
export const patienceParts = 50;

/** Resolves after so many turns of the event loop; by default when everything that needs no I/O and no timer has happened. */
export async function afterTurns(turns = defaultTurns): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/**
 * Waits for `work`, and keeps the process alive meanwhile. Time in which the event loop stands still hardly counts.
 *
 * @param what is waited for, for the message
 * @throws AssertionError when that takes longer than `patienceMs` milliseconds
 */
export async function withinPatience(work: Promise<void>, patienceMs: number, what: string): Promise<void> {
  const { promise: isOver, reject } = Promise.withResolvers<never>();
  let parts = patienceParts;
  const timer = setInterval(() => {
    if (--parts > 0) return;
    reject(
      new AssertionError({
        message: `"${what}" did not happen within ${patienceMs} ms (patienceMs of the setup)`,
      }),
    );
  }, patienceMs / patienceParts);
  try {
    await Promise.race([work, isOver]);
  } finally {
    clearInterval(timer);
  }
}
