import events from 'node:events';
// As a whole: not every host has all of it.
import v8 from 'node:v8';
import vm from 'node:vm';
import { check } from './checks.ts';
import { afterTurns } from '../host-time.ts';

const calls = 3;
/** What the collector has let go of is gone after one or two. */
const maxCollections = 20;

/**
 * Makes some calls with the signal of a caller who goes on.
 *
 * @throws AssertionError when listeners stay on it. The `fetch` of Node leaves one until its request is collected: such a one is waited for
 */
export async function checkLeavesNoListener(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const { signal } = new AbortController();
  const onAbort = (): void => undefined;
  signal.onabort = onAbort;
  const callers = listenersOf(signal);
  for (let made = 0; made < calls; made++) await call(signal);
  await afterTurns();
  check(signal.onabort === onAbort, 'It replaced the onabort of the signal: call addEventListener()');
  const collect = listenersOf(signal) === callers ? undefined : collector();
  if (collect === undefined) return;
  for (let collections = 0; collections < maxCollections; collections++) {
    collect();
    await afterTurns();
    if (listenersOf(signal) === callers) return;
  }
  check(
    false,
    `After ${calls} calls that have ended, ${listenersOf(signal) - callers} listeners are left on their signal`,
  );
}

function listenersOf(signal: AbortSignal): number {
  try {
    return events.getEventListeners(signal, 'abort').length;
  } catch {
    // A host that does not tell.
    return 0;
  }
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
