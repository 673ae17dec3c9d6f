import type { Worker } from '@temporalio/worker';
import {
  elapsedMs,
  inOwnContext,
  type Instant,
  readInstant,
  WakeableTimer,
  withDeadline,
} from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import { noResponseWithin } from '../../errors/own-errors.ts';
import {
  callFailure,
  grpcCode,
  isClosedConnection,
  isDropped,
  isFinal,
  isRefusal,
} from '../../errors/refusal.ts';
import { ConnectivityError } from '../../errors/temporal-auth-error.ts';
import type { MonitoredConnection } from '../monitored-connection.ts';
import type { ActivityResultEvent } from '../worker-events.ts';
import type { ActivityContext, ActivityResult, ReadyCall, WorkflowService } from './result-request.ts';

/** What became of a call. `final`: Temporal's answer is one that no repetition changes. */
type CallEnd = 'accepted' | 'final' | 'abandoned';

/** How long an answer may take, in milliseconds, as in Temporal's Core. */
const answerMs = 30_000;

/** How long a result may have no answer before it is sent once more, in milliseconds: longer than Core repeats a call while a server is away. */
const silentMs = 15_000;

/** How long the answers to both are waited for then, in milliseconds, should the connection never say that their time is over. */
const timeoutMs = 35_000;

/** Between two attempts; as late as the longest may a result be after Temporal accepts it again. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 4_000 };

/** A value that no namespace refuses for its size, in bytes: its limit need not be known. */
const smallBytes = 65_536;

/** How long a namespace's limit is waited for, in milliseconds. */
const limitMs = 3_000;

/** Time for another token to be got and tried, in ms, before a rejected call is repeated without one. */
const replacementMs = 500;

/** Sends the results of a worker's activities. Of those that are not accepted at once each has an event, the first and the last a line in the log. */
export class ResultSender {
  readonly #on: MonitoredConnection;
  readonly #worker: { readonly namespace: string; readonly taskQueue: string };
  #pending = 0;
  #resent = 0;
  #since: Instant;
  /** The bytes of a value that the namespace takes, once that is known; 0 for any. */
  #limit: number | undefined;

  constructor(on: MonitoredConnection, { namespace, taskQueue }: Worker['options']) {
    this.#on = on;
    this.#worker = { namespace, taskQueue };
    this.#since = readInstant(on.options.clock);
  }

  /** Whether the namespace takes a value of so many bytes, as far as can be known: the server fails an activity with more for good. */
  async takes(bytes: number): Promise<boolean> {
    if (bytes < smallBytes) return true;
    const { namespace } = this.#worker;
    const ask = () => this.#make((service) => service.describeNamespace({ namespace }));
    try {
      this.#limit ??= Number(
        (await this.#inTime(ask, limitMs)).namespaceInfo?.limits?.blobSizeLimitError ?? 0,
      );
    } catch {
      return true; // The next one is asked about again.
    }
    return this.#limit === 0 || bytes <= this.#limit;
  }

  /** Resolves to whether Temporal has the result, or does not want it any more. Given up at `endMs`, by the monotonic clock. */
  async send(
    call: ReadyCall,
    { kind }: ActivityResult,
    { info }: ActivityContext,
    endMs: number,
  ): Promise<boolean> {
    const { activityType, activityId, workflowExecution } = info;
    const of = { activityType, activityId, workflowId: workflowExecution?.workflowId };
    let reason: string | undefined;
    // One kind may lack a permission that another has.
    const end = await this.#repeat(call, `activity results: ${kind}`, endMs, (error) => {
      const isFirst = reason === undefined;
      reason = this.#on.explain(error, this.#worker.namespace);
      if (isFirst) this.#failed(of, reason);
    });
    if (reason !== undefined) this.#ended(end, of, reason);
    return end === 'accepted';
  }

  /** Rejects when the call has no answer within so many milliseconds. */
  async once(call: ReadyCall, timeoutMs: number): Promise<void> {
    await this.#inTime(() => this.#make(call), timeoutMs);
  }

  /** A call without an answer is made once more beside it, and the answer to either counts. */
  async #answered(call: ReadyCall, onSilent: (error: unknown) => void): Promise<void> {
    const first = this.#make(call);
    try {
      await this.#inTime(() => first, silentMs);
    } catch (error) {
      if (!(error instanceof ConnectivityError)) throw error;
      onSilent(error);
      const either = Promise.any([first, this.#make(call)]).catch((failed: unknown) => {
        throw (failed as AggregateError).errors.at(-1);
      });
      await this.#inTime(() => either, timeoutMs);
    }
  }

  #make<T>(call: (service: WorkflowService) => Promise<T>): Promise<T> {
    const { connection } = this.#on.token;
    const deadline = this.#on.options.clock.wallNow() + answerMs;
    // Neither the deadlines nor the metadata nor the abort signal of the activity hold for its report.
    return inOwnContext(() => connection.withDeadline(deadline, () => call(connection.workflowService)));
  }

  /** @throws ConnectivityError when that takes longer */
  #inTime<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
    const place = { address: this.#on.address, namespace: this.#worker.namespace };
    const timeoutError = (): Error => noResponseWithin(place, timeoutMs);
    return withDeadline(work, { clock: this.#on.options.clock, timeoutMs, timeoutError });
  }

  /** A refused call is repeated as soon as the connection has another token, any other after a while. */
  async #repeat(
    call: ReadyCall,
    purpose: string,
    endMs: number,
    onFailure: (error: unknown) => void,
  ): Promise<CallEnd> {
    const { token: held, ending, options } = this.#on;
    const { clock, random } = options;
    for (let attempt = 1; ; attempt++) {
      const { current: token } = held;
      const scope = held.scope(this.#worker.namespace, purpose);
      const sentMs = clock.monotonicNow();
      try {
        await this.#answered(call, onFailure);
        held.accepted(scope, token, sentMs);
        this.#on.accepted(this.#worker.namespace);
        return 'accepted';
      } catch (error) {
        const failure = callFailure(error);
        // The task is over: the result had arrived, or comes too late.
        if (failure.grpcStatus === grpcCode.notFound) return 'accepted';
        const isClosed = isClosedConnection(error) || isDropped(error);
        const isOfCall = failure.grpcStatus !== undefined || error instanceof ConnectivityError || isClosed;
        if (!isOfCall || isFinal(failure)) return 'final';
        onFailure(error);
        const leftMs = endMs - clock.monotonicNow();
        if (leftMs <= 0 || ending.aborted || isClosed) return 'abandoned';
        const delayMs = backoffDelay({ attempt, leaseRemainingMs: 0 }, backoff, random);
        const timer = new WakeableTimer(clock, { keepAlive: true });
        const isRefused = isRefusal(failure);
        if (isRefused) {
          void inOwnContext(() => held.rejected(scope, token, sentMs)).then((isReplaced) => {
            if (isReplaced) timer.wakeWithin(0);
          });
        }
        const waitMs = Math.min(leftMs, isRefused ? Math.max(replacementMs, delayMs) : delayMs);
        await timer.wait(waitMs, ending).catch(() => undefined);
      }
    }
  }

  #failed(of: ActivityResultEvent, reason: string): void {
    const { clock, logger, events } = this.#on.options;
    if (this.#pending++ === 0) {
      this.#since = readInstant(clock);
      const text = 'Temporal has not accepted an activity result; results are sent again until it does';
      logger.warn(`${text}: ${reason}`, { ...this.#worker, ...of });
    }
    events.emit('resultPending', { ...of, reason });
  }

  #ended(end: CallEnd, of: ActivityResultEvent, reason: string): void {
    const { clock, logger, events } = this.#on.options;
    if (end === 'accepted') {
      this.#resent++;
      events.emit('resultResent', of);
    } else if (end === 'abandoned') {
      const text = 'An activity result is abandoned; the activity may run again';
      logger.error(`${text}: ${reason}`, { ...this.#worker, ...of });
      events.emit('resultAbandoned', { ...of, reason });
    }
    if (--this.#pending > 0 || this.#resent === 0) return;
    const seconds = (elapsedMs(clock, this.#since) / 1_000).toFixed(1);
    const meta = { ...this.#worker, resent: this.#resent };
    logger.info(`Temporal accepts activity results again, after ${seconds} s`, meta);
    this.#resent = 0;
  }
}
