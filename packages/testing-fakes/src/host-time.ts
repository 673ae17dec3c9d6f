import { AssertionError } from 'node:assert';
// Not the globals: a suite may have put fake timers in their place.
import { clearTimeout, setTimeout } from 'node:timers';
import { setImmediate } from 'node:timers/promises';

/** Turns of the event loop after which everything that needs no I/O and no timer has happened. */
const defaultTurns = 5;

/** Resolves after so many turns of the event loop; by default when everything that needs no I/O and no timer has happened. */
export async function afterTurns(turns = defaultTurns): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/**
 * Waits for `work`, and keeps the process alive meanwhile.
 *
 * @param what is waited for, for the message
 * @throws AssertionError when that takes longer than `patienceMs` milliseconds
 */
export async function withinPatience(work: Promise<void>, patienceMs: number, what: string): Promise<void> {
  const { promise: isOver, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new AssertionError({ message: `"${what}" did not happen within ${patienceMs} ms` }));
  }, patienceMs);
  try {
    await Promise.race([work, isOver]);
  } finally {
    clearTimeout(timer);
  }
}
