import { afterTurns } from '../host-time.ts';
import { check } from './checks.ts';

/** Turns of the event loop in which what a request has started has ended. */
const maxTurns = 50;

/**
 * Runs `body` and looks for timers that it leaves and that keep the process alive.
 *
 * @throws AssertionError when there are any. Where the host does not say (Bun), none is seen
 */
export async function checkKeepsNoProcessAlive(body: () => Promise<unknown>): Promise<void> {
  // The patience of the case is a timer too, which has begun by then.
  await afterTurns(1);
  const before = timers();
  await body();
  for (let turns = 0; turns < maxTurns && timers() > before; turns++) await afterTurns(1);
  const left = timers() - before;
  check(left <= 0, `${left} of its timers keep the process alive: unref() them`);
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
