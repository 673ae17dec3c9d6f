import { EventEmitter } from 'node:events';

/** A program may have many workers, and Node warns of more than ten listeners of the process: it gets one for each signal. */
const signalled = new EventEmitter().setMaxListeners(0);

const forwards = new Map<NodeJS.Signals, () => boolean>();

/** Calls `listener` at the first of these signals of the process, unless it is ended before. A second one ends the process, as with Temporal's Runtime. */
export function onceSignalled(signals: readonly NodeJS.Signals[], listener: () => void): () => void {
  const stop = (): void => {
    for (const signal of signals) {
      signalled.off(signal, onSignal);
      if (signalled.listenerCount(signal) === 0) process.off(signal, forwardOf(signal));
    }
  };
  const onSignal = (): void => {
    stop();
    listener();
  };
  for (const signal of signals) {
    if (signalled.listenerCount(signal) === 0) process.on(signal, forwardOf(signal));
    signalled.on(signal, onSignal);
  }
  return stop;
}

/** Programs that send a signal to themselves by `process.emit()` may not name it to its listeners. */
function forwardOf(signal: NodeJS.Signals): () => boolean {
  const forward = forwards.get(signal) ?? (() => signalled.emit(signal));
  forwards.set(signal, forward);
  return forward;
}

/**
 * Does `work` with a signal that aborts with the caller's, and with the first signal of the process that Temporal's Runtime listens to. The first
 * process of a container gets no signal that nobody listens to.
 */
export async function withShutdownSignals(
  signal: AbortSignal | undefined,
  work: (ending: AbortSignal) => Promise<void>,
): Promise<void> {
  const { Runtime } = await import('@temporalio/worker');
  const shutdown = new AbortController();
  const stopListening = onceSignalled(Runtime.instance().options.shutdownSignals, () => {
    shutdown.abort();
  });
  try {
    await work(AbortSignal.any([shutdown.signal, ...(signal === undefined ? [] : [signal])]));
  } finally {
    stopListening();
  }
}
