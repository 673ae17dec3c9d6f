import process from 'node:process';
import { callback } from './given/check-given.ts';
import { afterTurns } from './host-time.ts';

type Listener = NodeJS.UnhandledRejectionListener;

/** Promises that were left with a rejection that nobody handled. */
export interface UnhandledRejections extends Disposable {
  /** What they were rejected with, so far. */
  readonly reasons: readonly unknown[];
  /** Waits until all that was left counts as unhandled, ends the watch, and gives the reasons. */
  end(): Promise<readonly unknown[]>;
}

interface Watch {
  readonly matches: (reason: unknown) => boolean;
  readonly reasons: unknown[];
}

const watches = new Set<Watch>();
let others: Listener[] = [];

/**
 * Collects unhandled rejections, from now until {@link UnhandledRejections.end} or the end of a `using`: a test that looks for them must be
 * the one that gets them.
 *
 * Under jest nothing is noticed: it gives tests a copy of `process` that gets nothing.
 *
 * @param matches whose reasons are collected. Default all; others go where they would have gone, to the test framework or to Node
 */
export function watchUnhandledRejections(matches: Watch['matches'] = () => true): UnhandledRejections {
  callback('matches', matches);
  const watch: Watch = { matches, reasons: [] };
  if (watches.size === 0) {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', onUnhandled);
  }
  watches.add(watch);
  return {
    reasons: watch.reasons,
    end: async () => {
      await afterTurns(2);
      leave(watch);
      return watch.reasons;
    },
    [Symbol.dispose]: () => {
      leave(watch);
    },
  };
}

/** Runs `body` and returns whether it left a promise whose rejection nobody handled and `matches` knows. */
export async function leavesUnhandled(
  matches: (reason: unknown) => boolean,
  body: () => Promise<void>,
): Promise<boolean> {
  const watch = watchUnhandledRejections(matches);
  try {
    await body();
    return watch.reasons.length > 0;
  } finally {
    watch[Symbol.dispose]();
  }
}

function leave(watch: Watch): void {
  if (!watches.delete(watch) || watches.size > 0) return;
  process.off('unhandledRejection', onUnhandled);
  for (const listener of others) process.on('unhandledRejection', listener);
}

function onUnhandled(reason: unknown, promise: Promise<unknown>): void {
  const watch = [...watches].findLast(({ matches }) => matches(reason));
  if (watch !== undefined) {
    watch.reasons.push(reason);
    return;
  }
  // As Node does when nobody listens.
  if (others.length === 0) throw reason;
  for (const listener of others) listener(reason, promise);
}
