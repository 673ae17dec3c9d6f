import { handled, maxTimerMs, type Timer, WakeableTimer } from '@worker-auth/internal';
import { messageOf } from '../errors/translate.ts';
import type { ResultLimit } from '../conditions/worker-events.ts';
import { DeliveryLog, type Ending, type SentResult } from './delivery-log.ts';
import { laneCall } from './lane.ts';
import { type DeliveryPlace, type Outcome, type ReadyCall, type Sending, TaskCalls } from './task-calls.ts';

/** When Temporal wants a result no longer, by the monotonic clock, in ms, and by which time-out of the activity. */
export interface ResultTimeLimit {
  readonly atMs: number;
  readonly name: ResultLimit;
}

/** The times of an attempt, in ms; moments are of Temporal's clock. */
export interface AttemptTimes {
  readonly scheduledTimestampMs: number;
  readonly currentAttemptScheduledTimestampMs: number;
  readonly startToCloseTimeoutMs: number;
  readonly scheduleToCloseTimeoutMs: number;
}

/** How long Temporal waits for the result of an attempt that began then. Compares only moments of Temporal's own clock, as clocks differ. */
export function limitOf(times: AttemptTimes, startMs: number): ResultTimeLimit {
  const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs } = times;
  const queuedMs = times.currentAttemptScheduledTimestampMs - times.scheduledTimestampMs;
  const attemptMs = startToCloseTimeoutMs || Infinity;
  const wholeMs = scheduleToCloseTimeoutMs ? scheduleToCloseTimeoutMs - queuedMs : Infinity;
  return {
    atMs: startMs + Math.min(attemptMs, wholeMs),
    name: attemptMs <= wholeMs ? 'startToCloseTimeout' : 'scheduleToCloseTimeout',
  };
}

/** A result that is ready to be sent. */
export interface Delivery<S> extends SentResult {
  readonly kind: string;
  readonly call: ReadyCall<S>;
  readonly bytes: number;
  readonly limit: ResultTimeLimit;
  /** By when it is to have ended though Temporal wants it longer, as its worker is shut down. */
  readonly endMs?: () => number;
  /** Of the activity, in ms; 0 for none. */
  readonly heartbeatTimeoutMs: number;
  readonly heartbeat: () => ReadyCall<S>;
  /** Called when it becomes pending. Returns whether its sender is to wait no longer. Default no. */
  readonly onPending?: () => boolean;
}

/** How a delivery has ended, or is to end later, where its sender waits no longer. */
export type Sent = Ending | { readonly later: Promise<Ending> };

/** After so long without an answer a call is made once more, in milliseconds: longer than Core repeats one while a server is unavailable. */
const repeatMs = 15_000;

/** Of an activity's time-out, after so much one heartbeat follows another: a late one is not too late. */
const beatShare = 1 / 3;

/** How soon the first heartbeat goes for a result without an answer, in ms at most. */
const maxSoonMs = 1_000;

/** See {@link Sending.purpose}. */
export const heartbeatPurpose = 'activity heartbeats';

/** Sends the results of activities on one connection in one namespace, each until Temporal says what becomes of its task. */
export class ResultSender<S> {
  readonly calls: TaskCalls<S>;
  readonly #place: DeliveryPlace<S>;
  readonly #namespace: string;
  readonly #log: DeliveryLog;
  #sending = 0;
  /** Made when somebody waits for it. */
  #settled: PromiseWithResolvers<undefined> | undefined;
  /** What ends each pending one, and what sets the time of its limit. */
  readonly #pending = new Map<(outcome: Outcome) => void, () => void>();
  /** Why results wait. */
  #lastReason = '';

  /** @param log which connections may share */
  constructor(place: DeliveryPlace<S>, namespace: string, log = new DeliveryLog(place.options, namespace)) {
    this.#place = place;
    this.#namespace = namespace;
    this.calls = new TaskCalls(place, namespace);
    this.#log = log;
    place.ending.addEventListener('abort', () => {
      for (const end of this.#pending.keys()) end({ ending: 'closed' });
    });
  }

  /** The limits of results may be earlier now. */
  relimit(): void {
    for (const arm of this.#pending.values()) arm();
  }

  /** Resolves when no result is being sent. */
  async settled(): Promise<void> {
    if (this.#sending > 0) await (this.#settled ??= Promise.withResolvers()).promise;
  }

  /** See {@link TaskCalls.wake}. */
  wake(): void {
    this.calls.wake();
  }

  /**
   * Makes a heartbeat until Temporal has it. Each is due at its time: those of other activities do not wait when this has no answer.
   *
   * @param limitMs when it is of no use any more, by the monotonic clock, in ms
   * @throws the reason of `over`
   */
  beat(beat: Pick<Sending<S>, 'call' | 'bytes' | 'repeatMs' | 'over'>, limitMs: number): Promise<Outcome> {
    const { call, bytes, repeatMs, over } = beat;
    const purpose = heartbeatPurpose;
    return this.calls.deliver({ ...laneCall(bytes, limitMs), purpose, isDue: true, call, repeatMs, over });
  }

  /** Resolves to how it ended, or is to end later. `final` Core is to report. */
  async send(delivery: Delivery<S>): Promise<Sent> {
    const { kind, call, bytes, limit, heartbeatTimeoutMs } = delivery;
    // Most need none, and it costs a tenth of a report.
    let controller: AbortController | undefined;
    const over = (): AbortController => (controller ??= new AbortController());
    const end = (outcome: Outcome): void => {
      over().abort(outcome);
    };
    const beat = heartbeatTimeoutMs === 0 ? undefined : this.#keepAlive(delivery, over().signal);
    let reason: string | undefined;
    let leave: (() => void) | undefined;
    let isApart = false;
    const onFailed: Sending<S>['onFailed'] = (failed) => {
      if (failed !== undefined) this.#lastReason = reason = this.#explain(failed.error);
      if (leave !== undefined) return false;
      reason ??= this.#lastReason;
      this.#log.pending(delivery, reason);
      // Else they have begun.
      if (failed?.isSilent !== true) beat?.wakeWithin(0);
      leave = this.#endAt(delivery, end);
      isApart = delivery.onPending?.() ?? false;
      return isApart;
    };
    const sending: Sending<S> = {
      ...laneCall(bytes, limit.atMs),
      purpose: kind,
      call,
      repeatMs,
      over: () => over().signal,
      onFailed,
      onLate: end,
    };
    const finish = (outcome: Outcome): Ending => {
      // Whoever waits goes on after the ending is logged.
      if (--this.#sending === 0) {
        this.#settled?.resolve(undefined);
        this.#settled = undefined;
      }
      controller?.abort(outcome);
      leave?.();
      const { ending: said = 'final', error } = outcome;
      // Core cannot report it any more.
      const ending = said === 'final' && isApart ? 'neverAccepted' : said;
      if (error !== undefined) reason = ending === 'gone' ? messageOf(error) : this.#explain(error);
      if (reason !== undefined) this.#log.ended(ending, delivery, reason, leave !== undefined);
      return ending;
    };
    const ended = (thrown: unknown): Ending => {
      if (controller?.signal.aborted !== true) throw thrown;
      return finish(controller.signal.reason as Outcome);
    };
    this.#sending++;
    let outcome: Outcome;
    try {
      outcome = await this.calls.deliver(sending);
    } catch (thrown) {
      return ended(thrown);
    }
    return outcome.rest === undefined ? finish(outcome) : { later: outcome.rest.then(finish, ended) };
  }

  /** Ends a delivery when its time has passed, or nothing is sent any more. Returns the function that ends this. */
  #endAt({ limit, endMs }: Delivery<S>, end: (outcome: Outcome) => void): () => void {
    const { clock } = this.#place.options;
    let timer: Timer | undefined;
    const arm = (): void => {
      timer?.cancel();
      const shutdownMs = endMs?.() ?? Infinity;
      const leftMs = Math.min(limit.atMs, shutdownMs) - clock.monotonicNow();
      const expire = (): void => {
        end({ ending: shutdownMs < limit.atMs ? 'shutdown' : limit.name });
      };
      timer = leftMs > maxTimerMs ? undefined : clock.startTimer(expire, Math.max(0, leftMs));
    };
    arm();
    this.#pending.set(end, arm);
    return () => {
      timer?.cancel();
      this.#pending.delete(end);
    };
  }

  /** Without heartbeats the server would run an activity again whose result is still being sent. Each is due at its time, whatever became of the one before. */
  #keepAlive({ heartbeat, heartbeatTimeoutMs, limit }: Delivery<S>, over: AbortSignal): WakeableTimer {
    const { clock } = this.#place.options;
    const everyMs = heartbeatTimeoutMs * beatShare;
    const timer = new WakeableTimer(clock, { keepAlive: true });
    const goOn = async (): Promise<void> => {
      await timer.wait(Math.min(everyMs / 2, maxSoonMs), over);
      let sentMs = 0;
      const call: ReadyCall<S> = (service, token) => {
        sentMs = clock.monotonicNow();
        return heartbeat()(service, token);
      };
      const repeated = { call, bytes: 0, repeatMs: Math.min(everyMs, repeatMs), over: () => over };
      for (;;) {
        const { ending } = await this.beat(repeated, limit.atMs);
        if (ending !== 'delivered') return;
        await timer.wait(sentMs + everyMs - clock.monotonicNow(), over);
      }
    };
    void handled(goOn());
    return timer;
  }

  #explain(error: unknown): string {
    return this.#place.explain(error, this.#namespace);
  }
}
