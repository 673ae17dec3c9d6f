import type { Logger } from '../temporal.ts';
import { abortable, type Clock, inOwnContext, sleep } from '@worker-auth/internal';
import type { Conditions } from '../conditions/conditions.ts';
import { noResponseWithin } from '../errors/own-errors.ts';
import {
  callFailure,
  isClosedConnection,
  isDropped,
  isFinal,
  isGone,
  isRejection,
  isTooLarge,
  serverText,
} from '../errors/rejection.ts';
import { shown } from '../errors/translate.ts';
import { type ConnectionJudge, extraMs, silentMs } from '../connections/connection-judge.ts';
import type { ScopeVerdicts } from '../tokens/verdicts.ts';
import type { WorkerEventSink } from '../conditions/worker-events.ts';
import type { Ending } from './delivery-log.ts';
import { Lane, type LaneCall } from './lane.ts';
import { SharedTimer } from './shared-timer.ts';

/** The connection of a worker, which may be replaced, or what stands for it. `S` makes the calls. */
export interface DeliveryPlace<S> {
  readonly address: string | undefined;
  /** The connection in place now, and the tokens of its calls. */
  readonly token: {
    readonly connection: { readonly workflowService: S };
    scope(namespace: string, method: string): ScopeVerdicts;
    /** The token of a call that is made now. */
    next(scope: ScopeVerdicts): string;
    /** A call is made with the token. Not there where all have one. */
    sent?(scope: ScopeVerdicts, token: string): void;
    accepted(scope: ScopeVerdicts, token: string, sentMs: number): void;
    /** Resolves to whether there is another token by now. */
    rejected(scope: ScopeVerdicts, token: string, sentMs: number): Promise<boolean>;
  };
  /** Aborts when nothing is sent any more. */
  readonly ending: AbortSignal;
  readonly options: {
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
    readonly conditions: Conditions;
    readonly events: WorkerEventSink;
  };
  /** Of the connection; `undefined` where nobody asks. */
  readonly judge?: Pick<ConnectionJudge, 'sent' | 'ended'>;
  explain(error: unknown, namespace: string, lacking?: string): string;
  accepted(namespace: string): void;
  /** A call has had no answer for a while. Resolves to whether another connection has taken the place of this one. */
  silent(namespace: string): Promise<boolean>;
}

/** A call that is made until Temporal says what becomes of its task. */
export interface Sending<S> extends LaneCall {
  /** One method may lack a permission that another has. */
  readonly purpose: string;
  readonly call: ReadyCall<S>;
  /** After so long without an answer it is made once more, in ms. */
  readonly repeatMs: number;
  /** Whether it is due at its time: the others of its purpose do not wait when it has no answer. Default no. */
  readonly isDue?: boolean;
  /** Ends the waits between its calls. */
  readonly over: () => AbortSignal;
  /** Called without an error when it waits for another call of its kind. Returns whether its sender is to wait no longer; default no. */
  readonly onFailed?: (failed?: Required<Pick<Outcome, 'error' | 'isSilent'>>) => boolean;
  /** Called with what an answer says that comes after the next call. */
  readonly onLate?: (outcome: Outcome) => void;
}

/** What became of a call; without an `ending` it is made again. */
export interface Outcome {
  readonly ending?: Ending;
  /** Of a task that is gone, what Temporal says. */
  readonly error?: unknown;
  /** There is no answer yet. */
  readonly isSilent?: boolean;
  /** How it goes on, where its sender waits no longer. */
  readonly rest?: Promise<Outcome>;
}

/** A call that is ready, and can be made any number of times. A native connection knows its token. */
export type ReadyCall<S> = (service: S, token: string) => Promise<unknown>;

/** Time for another token to be got and tried, in ms, before a rejected call is repeated without one. */
const replacementMs = 500;

/** Makes the calls about tasks on one connection in one namespace, by a lane for each purpose. */
export class TaskCalls<S> {
  readonly #place: DeliveryPlace<S>;
  readonly #namespace: string;
  readonly #lanes = new Map<string, Lane>();
  readonly #timer: SharedTimer;

  constructor(place: DeliveryPlace<S>, namespace: string) {
    this.#place = place;
    this.#namespace = namespace;
    this.#timer = new SharedTimer(place.options.clock, place.ending);
  }

  /** Makes a call again and again, until Temporal says what becomes of its task. Throws the reason of `over`. */
  async deliver(sending: Sending<S>, waitMs = 0): Promise<Outcome> {
    const { purpose } = sending;
    const { clock, random } = this.#place.options;
    let lane = this.#lanes.get(purpose);
    if (lane === undefined) this.#lanes.set(purpose, (lane = new Lane(clock, random)));
    try {
      for (let delayMs = waitMs; ;) {
        if (delayMs > 0) await sleep(clock, delayMs, sending.over());
        if (!lane.isOpen) {
          if (!lane.admits(sending) && sending.onFailed?.() === true) return this.#apart(sending);
          await lane.enter(sending, sending.over());
        }
        const end = await this.#attempt(sending, lane);
        if (typeof end === 'object') return end;
        sending.over().throwIfAborted();
        delayMs = end;
      }
    } finally {
      lane.left(sending);
    }
  }

  /** Something has changed: of each purpose one call tries now. */
  wake(): void {
    for (const lane of this.#lanes.values()) lane.wake();
  }

  /** Begins after the call has left its lane. */
  #apart(sending: Sending<S>, waitMs?: number): Outcome {
    return { rest: Promise.resolve().then(() => this.deliver(sending, waitMs)) };
  }

  /** Resolves to how it ended, or to the wait before it enters the lane again, in ms. */
  async #attempt(sending: Sending<S>, lane: Lane): Promise<Outcome | number> {
    const { token: held, options, ending, judge } = this.#place;
    const { clock, conditions } = options;
    const { connection } = held;
    const scope = held.scope(this.#namespace, sending.purpose);
    const token = held.next(scope);
    held.sent?.(scope, token);
    const sentMs = clock.monotonicNow();
    // Of its own: others are accepted, and say nothing of this one.
    const denied = { namespace: this.#namespace, call: sending.purpose };
    const settle = ({ ending }: Outcome): void => {
      if (ending !== 'delivered' && ending !== 'gone') return;
      held.accepted(scope, token, sentMs);
      conditions.clear('PERMISSION_MISSING', denied);
      lane.accepted(sending, sentMs);
      this.#place.accepted(this.#namespace);
    };
    judge?.sent(sending, sending.bytes);
    const answer = this.make((service) => sending.call(service, token), connection);
    const { ending: said, error, isSilent = false } = await this.#inTime(answer, token, settle, sending);
    judge?.ended(sending);
    if (said !== undefined) return { ending: said, error };
    const isApart = sending.onFailed?.({ error, isSilent }) === true;
    const isClosed = isClosedConnection(error) || isDropped(error);
    if (ending.aborted || (isClosed && connection === held.connection)) return { ending: 'closed', error };
    const isRejected = isRejection(callFailure(error));
    if (isRejected) {
      const rejected = inOwnContext(() => held.rejected(scope, token, sentMs));
      if (scope.lacksPermission(token, clock.monotonicNow())) {
        const cause = this.#place.explain(error, this.#namespace, token);
        conditions.raise('PERMISSION_MISSING', { scope: denied, cause });
      }
      void rejected.then((isReplaced) => {
        if (isReplaced) this.wake();
      });
    }
    if (isClosed || (isSilent && sending.isDue === true)) {
      lane.left(sending);
      return isApart ? this.#apart(sending) : 0;
    }
    const delayMs = lane.failed(sending, sentMs, isRejected ? replacementMs : 0);
    // Time has passed already, or there is another token.
    const isNoWait = isSilent || (isRejected && token !== held.next(scope));
    if (isNoWait) lane.wake();
    const waitMs = isNoWait ? 0 : delayMs;
    return isApart ? this.#apart(sending, waitMs) : waitMs;
  }

  /** What came of a call, or that nothing has come of it: it may do so later. Few promises, as it is on the way of each result. */
  #inTime(
    answer: Promise<unknown>,
    token: string,
    settle: (outcome: Outcome) => void,
    { bytes, repeatMs, over, failures, onLate }: Sending<S>,
  ): Promise<Outcome> {
    const timer = this.#timer;
    const first = Promise.withResolvers<Outcome>();
    let isLate = false;
    const giveUp = (afterMs: number): void => {
      timer.cancel(wait);
      isLate = true;
      first.resolve({ error: this.noResponse(afterMs), isSilent: true });
    };
    const look = (): void => {
      wait = timer.start(giveUp.bind(undefined, waitMs), waitMs - lookMs);
      void inOwnContext(() => this.#place.silent(this.#namespace)).then((isReplaced) => {
        if (isReplaced && !isLate) giveUp(lookMs);
      });
    };
    const moreMs = extraMs(bytes);
    const waitMs = repeatMs + moreMs;
    const lookMs = Math.min(silentMs, repeatMs) + moreMs;
    let wait = timer.start(look, lookMs);
    const end = (outcome: Outcome): void => {
      settle(outcome);
      timer.cancel(wait);
      first.resolve(outcome);
      if (isLate && outcome.ending !== undefined) onLate?.(outcome);
    };
    void answer.then(end.bind(undefined, { ending: 'delivered' }), (thrown: unknown) => {
      end(outcomeOf(thrown, token));
    });
    if (failures === 0) return first.promise;
    return abortable(first.promise, over()).finally(() => {
      timer.cancel(wait);
    });
  }

  /** Neither the deadlines nor the metadata nor the abort signal of the activity hold for its report. Core waits 30 s for an answer. */
  make<T>(
    call: (service: S) => Promise<T>,
    { workflowService }: { readonly workflowService: S } = this.#place.token.connection,
  ): Promise<T> {
    return inOwnContext(async () => call(workflowService));
  }

  /** What it means when there is no answer. */
  noResponse(timeoutMs: number): Error {
    return noResponseWithin({ address: this.#place.address, namespace: this.#namespace }, timeoutMs);
  }
}

/** Temporal's word about the task, or that it has none. */
function outcomeOf(error: unknown, token: string): Outcome {
  const failure = callFailure(error);
  if (isGone(failure)) return { ending: 'gone', error: new Error(shown(serverText(failure), [token])) };
  if (isTooLarge(failure)) return { ending: 'neverAccepted', error };
  const isOfCall = failure.grpcStatus !== undefined || isClosedConnection(error) || isDropped(error);
  return isOfCall && !isFinal(failure) ? { error } : { ending: 'final', error };
}
