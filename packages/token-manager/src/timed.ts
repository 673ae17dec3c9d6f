import { type Clock, RefreshSchedulerError, RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { errorForCallers } from './error-for-callers.ts';

/** What a step goes by. */
export interface TimedOptions {
  readonly clock: Clock;
  /** Of the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Reports how a step of an attempt that begins now ended, unless nobody wants the attempt any more: with how long it took, in milliseconds, and
 * what it threw or gave.
 */
export async function timed<T>(
  step: Promise<T>,
  { clock, signal }: TimedOptions,
  report: (durationMs: number, error: unknown, result?: T) => void,
): Promise<T> {
  const startedMs = clock.monotonicNow();
  try {
    const result = await step;
    report(clock.monotonicNow() - startedMs, undefined, result);
    return result;
  } catch (error) {
    if (!signal.aborted || isTimeout(signal.reason))
      report(clock.monotonicNow() - startedMs, errorForCallers(error, undefined));
    throw error;
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof RefreshSchedulerError && reason.code === RefreshSchedulerErrorCode.timedOut;
}
