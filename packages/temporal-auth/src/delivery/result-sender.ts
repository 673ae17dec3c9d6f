import { handled, maxTimerMs, type Timer, WakeableTimer, withDeadline } from '@worker-auth/internal';
import type { ResultLimit } from '../worker/worker-events.ts';
import { DeliveryLog, type Ending, type SentResult } from './delivery-log.ts';
import { laneCall } from './lane.ts';
import type { ActivityResult, ReadyCall } from './result-request.ts';
import { type DeliveryPlace, type Outcome, type Sending, TaskCalls } from './task-calls.ts';

/** A result that is ready to be sent. */
export interface Delivery extends SentResult {
  readonly kind: ActivityResult['kind'];
  readonly call: ReadyCall;
  readonly bytes: number;
  /** When nobody wants it any longer, by the monotonic clock, in ms, and why not. */
  readonly limit: () => Limit;
  /** Of the activity, in ms; 0 for none. */
  readonly heartbeatTimeoutMs: number;
  readonly heartbeat: () => Promise<ReadyCall>;
}

export interface Limit {
  readonly atMs: number;
  readonly name: ResultLimit;
}

/** After so long without an answer a call is made once more, in milliseconds: longer than Core repeats one while a server is away. */
const repeatMs = 15_000;

/** How soon the first heartbeat goes for a result without an answer, in ms at most. */
const maxSoonMs = 1_000;

/** A value that no namespace refuses for its size, in bytes: its limit need not be known. */
const smallBytes = 65_536;

/** How long a namespace's limit is waited for, in milliseconds. */
const limitMs = 3_000;

/** Sends the results of activities on one connection in one namespace, each until Temporal says what becomes of its task. */
export class ResultSender {
  readonly #place: DeliveryPlace;
  readonly #namespace: string;
  readonly #calls: TaskCalls;
  readonly #log: DeliveryLog;
  #sending = 0;
  /** Made when somebody waits for it. */
  #settled: PromiseWithResolvers<undefined> | undefined;
  /** What ends each pending one, and what sets the time of its limit. */
  readonly #pending = new Map<(outcome: Outcome) => void, () => void>();
  /** Why results wait. */
  #lastReason = '';
  /** The bytes of a value that the namespace takes, once that is known; 0 for any. */
  #limit: number | undefined;

  constructor(place: DeliveryPlace, namespace: string) {
    this.#place = place;
    this.#namespace = namespace;
    this.#calls = new TaskCalls(place, namespace);
    this.#log = new DeliveryLog(place.options, namespace);
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

  /** Whether the namespace takes a value of so many bytes, as far as can be known: the server fails an activity with more for good. */
  async takes(bytes: number): Promise<boolean> {
    if (bytes < smallBytes) return true;
    const request = { namespace: this.#namespace };
    const ask = () => this.#calls.make((service) => service.describeNamespace(request));
    const bounds = {
      ...{ clock: this.#place.options.clock, timeoutMs: limitMs },
      timeoutError: () => this.#calls.noResponse(limitMs),
    };
    try {
      this.#limit ??= Number(
        (await withDeadline(ask, bounds)).namespaceInfo?.limits?.blobSizeLimitError ?? 0,
      );
    } catch {
      return true; // The next one is asked about again.
    }
    return this.#limit === 0 || bytes <= this.#limit;
  }

  async send(delivery: Delivery): Promise<Ending> {
    this.#sending++;
    try {
      return await this.#send(delivery);
    } finally {
      if (--this.#sending === 0) this.#settled?.resolve(undefined);
    }
  }

  async #send(delivery: Delivery): Promise<Ending> {
    const { kind, call, bytes, limit, heartbeatTimeoutMs } = delivery;
    const over = new AbortController();
    const end = (outcome: Outcome): void => {
      over.abort(outcome);
    };
    // For those alone that have a time-out: it costs a tenth of a report.
    const beat = heartbeatTimeoutMs === 0 ? undefined : this.#keepAlive(delivery, over.signal);
    let reason: string | undefined;
    let leave: (() => void) | undefined;
    const onFailed: Sending['onFailed'] = (failed) => {
      if (failed !== undefined) this.#lastReason = reason = this.#explain(failed.error);
      if (leave !== undefined) return;
      reason ??= this.#lastReason;
      this.#log.pending(delivery, reason);
      // Else they have begun.
      if (failed?.isSilent !== true) beat?.wakeWithin(0);
      leave = this.#endAt(limit, end);
    };
    const sending: Sending = {
      ...laneCall(bytes, limit().atMs),
      ...{ purpose: `activity results: ${kind}`, call, repeatMs, over: over.signal, onFailed, onLate: end },
    };
    const outcome = await this.#calls.deliver(sending).catch((thrown: unknown) => {
      if (!over.signal.aborted) throw thrown;
      return over.signal.reason as Outcome;
    });
    // Else nothing listens to it, and that would cost a tenth of a report.
    if (beat !== undefined || leave !== undefined) end(outcome);
    leave?.();
    const { ending = 'final', error } = outcome;
    if (error !== undefined) reason = this.#explain(error);
    if (reason !== undefined) this.#log.ended(ending, delivery, reason, leave !== undefined);
    return ending;
  }

  /** Ends a delivery when its time is over, or nothing is sent any more. Returns the function that ends this. */
  #endAt(limit: Delivery['limit'], end: (outcome: Outcome) => void): () => void {
    const { clock } = this.#place.options;
    let timer: Timer | undefined;
    const arm = (): void => {
      timer?.cancel();
      const { atMs, name } = limit();
      const leftMs = atMs - clock.monotonicNow();
      const expire = (): void => {
        end({ ending: name });
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

  /** Without heartbeats the server would run an activity again whose result is still being sent. */
  #keepAlive({ heartbeat, heartbeatTimeoutMs, limit }: Delivery, over: AbortSignal): WakeableTimer {
    const everyMs = heartbeatTimeoutMs / 2;
    const timer = new WakeableTimer(this.#place.options.clock, { keepAlive: true });
    const beat = async (): Promise<void> => {
      await timer.wait(Math.min(everyMs / 2, maxSoonMs), over);
      const call = await heartbeat();
      for (;;) {
        const { ending } = await this.#calls.deliver({
          ...laneCall(0, limit().atMs),
          ...{ purpose: 'activity heartbeats', call, repeatMs: Math.min(everyMs, repeatMs), over },
        });
        if (ending !== 'delivered') return;
        await timer.wait(everyMs, over);
      }
    };
    void handled(beat());
    return timer;
  }

  #explain(error: unknown): string {
    return this.#place.explain(error, this.#namespace);
  }
}
