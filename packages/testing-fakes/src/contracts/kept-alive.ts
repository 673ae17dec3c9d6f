import { createHook } from 'node:async_hooks';
import { afterTurns } from '../host-time.ts';
import { check } from './checks.ts';

/** What keeps a process alive, as `node:async_hooks` calls it. A socket may: the pool of `fetch` ends it later. */
const kinds = ['Timeout', 'FSEVENTWRAP', 'STATWATCHER', 'MESSAGEPORT', 'PROCESSWRAP'];
/** Turns of the event loop in which what a request has started has ended. */
const maxTurns = 50;

/**
 * Runs `body` and looks for timers and watchers that it leaves and that keep the process alive.
 *
 * @throws AssertionError when there are any. Where the host does not say (Bun), none is seen
 */
export async function checkKeepsNoProcessAlive(body: () => Promise<unknown>): Promise<void> {
  const created = new Map<number, { hasRef?(): boolean }>();
  let isRunning = true;
  const hook = createHook({
    init: (id, kind, _parent, resource) => {
      if (isRunning && kinds.includes(kind)) created.set(id, resource);
    },
    destroy: (id) => created.delete(id),
  });
  const left = (): number => [...created.values()].filter((resource) => resource.hasRef?.() === true).length;
  // The patience of the case is a timer too, which has begun by then.
  await afterTurns(1);
  hook.enable();
  await body();
  isRunning = false;
  for (let turns = 0; turns < maxTurns && left() > 0; turns++) await afterTurns(1);
  hook.disable();
  check(left() === 0, `${left()} of its timers or watchers keep the process alive: end or unref() them`);
}
