import { type Clock, RefreshSchedulerError, RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { errorForCallers } from './error-for-callers.ts';

/** How a step of an attempt ended. */
export interface StepEnding<T> {
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** What it threw; `undefined` when it did not. */
  readonly error: unknown;
  readonly result?: T;
}

/** What a step goes by. */
export interface TimedOptions {
  readonly clock: Clock;
  /** Of the attempt. */
  readonly signal: AbortSignal;
}

/** Reports how a step of an attempt ended, unless nobody wants the attempt any more. */
export async function timed<T>(
  step: () => Promise<T>,
  { clock, signal }: TimedOptions,
  report: (ending: StepEnding<T>) => void,
): Promise<T> {
  const startedMs = clock.monotonicNow();
  const end = (rest: Omit<StepEnding<T>, 'durationMs'>): void => {
    report({ durationMs: clock.monotonicNow() - startedMs, ...rest });
  };
  try {
    const result = await step();
    end({ error: undefined, result });
    return result;
  } catch (error) {
    if (!signal.aborted || isTimeout(signal.reason)) end({ error: errorForCallers(error, undefined) });
    throw error;
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof RefreshSchedulerError && reason.code === RefreshSchedulerErrorCode.timedOut;
}
