// As a whole: not every host has all of it.
import v8 from 'node:v8';
import vm from 'node:vm';
import { check } from './checks.ts';
import { afterTurns } from '../host-time.ts';
import type { WatchedCalls } from './watched-calls.ts';

/** What the collector has let go of is gone after one or two. */
const maxCollections = 10;

/**
 * @throws AssertionError when calls that have ended left listeners on signals. The `fetch` of Node leaves one until its request is
 *   collected: such a one is waited for
 */
export async function checkLeftNoListeners(calls: WatchedCalls): Promise<void> {
  const collect = calls.leftListeners() === 0 ? undefined : collector();
  if (collect === undefined) return;
  for (let collections = 0; collections < maxCollections; collections++) {
    collect();
    await afterTurns();
    if (calls.leftListeners() === 0) return;
  }
  check(
    false,
    `Calls that have ended left ${calls.leftListeners()} listeners on their signal: remove each, whatever the call ended with`,
  );
}

/** Collects garbage; `undefined` where the host does not let it be asked for, so that nothing can be said. */
function collector(): (() => void) | undefined {
  try {
    v8.setFlagsFromString('--expose-gc');
    const collect: unknown = vm.runInNewContext('gc');
    return typeof collect === 'function' ? (collect as () => void) : undefined;
  } catch {
    return undefined;
  }
}
