import { inOwnContext, withDeadline } from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import { WakeableTimer } from '../../connection/wakeable-timer.ts';
import { noResponseWithin } from '../../errors/own-errors.ts';
import { callFailure, grpcCode, isClosedConnection, isFinal, isRefusal } from '../../errors/refusal.ts';
import { ConnectivityError } from '../../errors/temporal-auth-error.ts';
import type { CommonSettings } from '../../settings/auth-settings.ts';
import type { MonitoredConnection } from '../monitored-connection.ts';
import type { ReadyCall } from './result-request.ts';

export interface RepeatedCallOptions extends Pick<CommonSettings, 'clock' | 'random'> {
  readonly on: Pick<MonitoredConnection, 'updater' | 'address' | 'accepted' | 'ending'>;
  readonly namespace: string;
}

/** What became of a call. `final`: Temporal's answer is one that no repetition changes. */
export type CallEnd = 'accepted' | 'final' | 'abandoned';

/** How long an answer may take, in milliseconds. */
const answerMs = 10_000;

/** How long a call may take in all, in milliseconds: Core itself repeats it for 10 s or so while a server is away, and longer when that is throttled. */
const timeoutMs = 30_000;

/** Between two attempts; as late as the longest may a result be after Temporal accepts it again. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 4_000 };

/** Time for another token to be got and tried, in ms, before a rejected call is repeated without one. */
const replacementMs = 500;

const purpose = 'activity results';

/**
 * Makes a call until it is answered for good. A refused one is repeated as soon as the connection has another token, and each one that was
 * refused, throttled or not answered after a while.
 *
 * @param endMs when it is given up, by the monotonic clock
 * @param onFailure called with the error of each attempt that is repeated
 */
export async function repeatCall(
  call: ReadyCall,
  options: RepeatedCallOptions,
  endMs: number,
  onFailure: (error: unknown) => void,
): Promise<CallEnd> {
  const { on, namespace, clock, random } = options;
  const { updater, ending } = on;
  for (let attempt = 1; ; attempt++) {
    const token = updater.current;
    try {
      await callOnce(call, options);
      updater.accepted(token, purpose);
      on.accepted(namespace);
      return 'accepted';
    } catch (error) {
      const failure = callFailure(error);
      // The task is over: the result had arrived, or comes too late.
      if (failure.grpcStatus === grpcCode.notFound) return 'accepted';
      const isClosed = isClosedConnection(error);
      const isOfCall = failure.grpcStatus !== undefined || error instanceof ConnectivityError || isClosed;
      if (!isOfCall || isFinal(failure)) return 'final';
      onFailure(error);
      const leftMs = endMs - clock.monotonicNow();
      if (leftMs <= 0 || ending.aborted || isClosed) return 'abandoned';
      const delayMs = backoffDelay({ attempt, leaseRemainingMs: 0 }, backoff, random);
      const timer = new WakeableTimer(clock, { keepAlive: true });
      const isRefused = isRefusal(failure);
      if (isRefused) {
        void inOwnContext(() => updater.rejected(token, purpose)).then((isReplaced) => {
          if (isReplaced) timer.wakeWithin(0);
        });
      }
      const waitMs = Math.min(leftMs, isRefused ? Math.max(replacementMs, delayMs) : delayMs);
      await timer.wait(waitMs, ending).catch(() => undefined);
    }
  }
}

export async function callOnce(
  call: ReadyCall,
  { on, namespace, clock }: RepeatedCallOptions,
): Promise<void> {
  const { address, updater } = on;
  const { connection } = updater;
  const timeoutError = (): Error => noResponseWithin({ address, namespace }, timeoutMs);
  // Neither the deadlines nor the metadata nor the abort signal of the activity hold for its report.
  await inOwnContext(() =>
    withDeadline(
      () => connection.withDeadline(clock.wallNow() + answerMs, () => call(connection.workflowService)),
      { clock, timeoutMs, timeoutError },
    ),
  );
}
