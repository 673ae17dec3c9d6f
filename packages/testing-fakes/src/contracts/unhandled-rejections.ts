import process from 'node:process';

type Listener = NodeJS.UnhandledRejectionListener;

interface Watch {
  readonly matches: (reason: unknown) => boolean;
  isUnhandled: boolean;
}

const watches = new Set<Watch>();
let others: Listener[] = [];

/**
 * Runs `body` and tells whether a promise was left whose rejection nobody handled and `matches` knows. Other rejections go
 * where they would have gone, to the listeners of the test framework.
 *
 * Under jest nothing is noticed: it gives tests a copy of `process` that is told nothing.
 */
export async function leavesUnhandled(
  matches: (reason: unknown) => boolean,
  body: () => Promise<void>,
): Promise<boolean> {
  const watch: Watch = { matches, isUnhandled: false };
  if (watches.size === 0) {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', onUnhandled);
  }
  watches.add(watch);
  try {
    await body();
    return watch.isUnhandled;
  } finally {
    watches.delete(watch);
    if (watches.size === 0) {
      process.off('unhandledRejection', onUnhandled);
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  }
}

function onUnhandled(reason: unknown, promise: Promise<unknown>): void {
  const watch = [...watches].findLast(({ matches }) => matches(reason));
  if (watch !== undefined) {
    watch.isUnhandled = true;
    return;
  }
  // As Node does when nobody listens.
  if (others.length === 0) throw reason;
  for (const listener of others) listener(reason, promise);
}
