import { EventEmitter } from 'node:events';

/** A program may have many workers, and Node warns of more than ten listeners of the process: it gets one for each signal. */
const signalled = new EventEmitter().setMaxListeners(0);

/**
 * Calls `listener` at the first of these signals of the process. Nothing listens after that, so a second one ends the process, as with
 * Temporal's Runtime.
 *
 * @returns ends it
 */
export function onceSignalled(signals: readonly NodeJS.Signals[], listener: () => void): () => void {
  const stop = (): void => {
    for (const signal of signals) {
      signalled.off(signal, onSignal);
      if (signalled.listenerCount(signal) === 0) process.off(signal, forward);
    }
  };
  const onSignal = (): void => {
    stop();
    listener();
  };
  for (const signal of signals) {
    if (signalled.listenerCount(signal) === 0) process.on(signal, forward);
    signalled.on(signal, onSignal);
  }
  return stop;
}

function forward(signal: NodeJS.Signals): void {
  signalled.emit(signal);
}
