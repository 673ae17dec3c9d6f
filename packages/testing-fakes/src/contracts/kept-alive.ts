import { afterTurns } from '../host-time.ts';
import { check } from './checks.ts';

/** What keeps a process alive, as Node calls it: a timer, a watched file, a thread. Sockets are the pool's. */
const kinds = ['Timeout', 'FSEventWrap', 'StatWatcher', 'MessagePort', 'ProcessWrap'];
/** Turns of the event loop in which what a request has started has ended. */
const maxTurns = 50;

/**
 * Runs `body` and looks for timers and watchers that it leaves and that keep the process alive.
 *
 * @throws AssertionError when there are any. Where the host does not say (Bun), none is seen
 */
export async function checkKeepsNoProcessAlive(body: () => Promise<unknown>): Promise<void> {
  // The patience of the case is a timer too, which has begun by then.
  await afterTurns(1);
  const before = active();
  await body();
  for (let turns = 0; turns < maxTurns && active() > before; turns++) await afterTurns(1);
  const left = active() - before;
  check(left <= 0, `${left} of its timers or watchers keep the process alive: end or unref() them`);
}

function active(): number {
  return process.getActiveResourcesInfo().filter((name) => kinds.includes(name)).length;
}
