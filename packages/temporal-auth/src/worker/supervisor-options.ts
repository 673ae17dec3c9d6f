import { EventEmitter } from 'node:events';
import type { Logger } from '@temporalio/common';
import {
  anySignal,
  checkChoice,
  checkRange,
  type Clock,
  maxTimerMs,
  type OptionsOf,
} from '@worker-auth/internal';
import { importWorker } from '@worker-auth/calls/settings/peers';
import type { RunnableWorker } from './worker-run.ts';

/** Which worker is asked for. */
export interface WorkerAttempt {
  /** 1 for the first worker, 2 for that which comes after it, and so on. */
  readonly attempt: number;
  /** Whether it must not be made on the connection of the attempt before. */
  readonly freshConnection: boolean;
  /** Aborts when the worker is not needed any more. */
  readonly signal: AbortSignal;
}

/** A worker to be run, which never ran before. */
export interface CreatedWorker<W extends RunnableWorker> {
  readonly worker: W;
  /** Whether what is known beside the state of the worker speaks for it: that its token is good. Default true. */
  isWell?(): boolean;
}

/** How long a supervisor goes on, and what it does in the end. */
export interface SupervisionSettings {
  /**
   * How many workers may fail in a row, those that cannot be made included; then the supervisor gives up. A whole number, at least 1.
   * Default 20: with the waits between them they last for about a minute and a half.
   */
  readonly maxConsecutiveFailures: number;
  /**
   * After how long of running a worker counts as healthy, and failures are counted from 0 again. Milliseconds, at most 2^31-1. Default
   * 90,000: a worker that Temporal rejects from its first poll on is running for 60 s.
   */
  readonly healthyAfterMs: number;
  /** What happens in the end: the error is thrown, or the process ends with the exit code 1. Default `throw`. */
  readonly onFatal: 'throw' | 'exit';
}

/** Options of `superviseWorker`. */
export interface SuperviseOptions<W extends RunnableWorker> extends OptionsOf<SupervisionSettings> {
  /**
   * Makes a worker. What it throws ends the supervision at once, unless it says that Temporal or the identity provider cannot be reached,
   * or rejects (which is believed of the first worker). That is an error of Temporal's connection, or one that has `kind` and `retryable` as ours do.
   */
  readonly create: (attempt: WorkerAttempt) => Promise<CreatedWorker<W>>;
  /** Shuts the worker down. */
  readonly signal?: AbortSignal | undefined;
  /** Signals of the process that shut it down, while there is a worker and while there is none. Default those of Temporal's Runtime. */
  readonly shutdownSignals?: readonly NodeJS.Signals[] | undefined;
  /** Default: to stderr, from level INFO on. */
  readonly logger?: Logger | undefined;
  /** What to make of an error of Temporal's SDK. Default: an error of this package, with its text. */
  readonly translate?: ((error: unknown) => unknown) | undefined;
  readonly clock?: Clock | undefined;
  /** From 0 to below 1, for the jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A program may have many workers, and Node warns of more than ten listeners of the process: it gets one for each signal. */
const signalled = new EventEmitter().setMaxListeners(0);

const forwards = new Map<NodeJS.Signals, () => boolean>();

export function resolveSettings(settings: OptionsOf<SupervisionSettings>): SupervisionSettings {
  const { maxConsecutiveFailures = 20, healthyAfterMs = 90_000, onFatal = 'throw' } = settings;
  checkRange('maxConsecutiveFailures', maxConsecutiveFailures, { min: 1, max: Number.MAX_SAFE_INTEGER });
  checkRange('healthyAfterMs', healthyAfterMs, { min: 0, max: maxTimerMs });
  if (!Number.isInteger(maxConsecutiveFailures))
    throw new RangeError(`maxConsecutiveFailures must be a whole number; received ${maxConsecutiveFailures}`);
  checkChoice('onFatal', onFatal, ['throw', 'exit']);
  return { maxConsecutiveFailures, healthyAfterMs, onFatal };
}

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

/** Aborts with the caller's signal and the first of the Runtime's: the first process of a container gets no signal that nobody listens to. */
export async function withShutdownSignals(
  signal: AbortSignal | undefined,
  work: (ending: AbortSignal) => Promise<void>,
): Promise<void> {
  const { Runtime } = await importWorker();
  const { shutdownSignals } = Runtime.instance().options;
  const shutdown = new AbortController();
  const stopListening = onceSignalled(shutdownSignals, shutdown.abort.bind(shutdown));
  try {
    await work(anySignal(shutdown.signal, signal));
  } finally {
    stopListening();
  }
}
