import type { NativeConnection } from '@temporalio/worker';
import { type Clock, handled, inOwnContext, withDeadline } from '@worker-auth/internal';
import { noResponseWithin } from '@worker-auth/calls/errors/own-errors';
import {
  callFailure,
  grpcCode,
  isClosedConnection,
  isOfOneCall,
  isRejection,
  isUnknownMethod,
} from '@worker-auth/calls/errors/rejection';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { ByToken } from '@worker-auth/calls/tokens/learnt';
import type { ProbeResultKind } from '@worker-auth/calls/conditions/worker-events';
import { acceptedCall, anyCalls, type HarmlessCall, workerCalls } from './harmless-calls.ts';

export type ProbeResult =
  | { readonly kind: 'good' }
  | {
      readonly kind: Exclude<ProbeResultKind, 'good'>;
      readonly reason: string;
      /** What was thrown. */
      readonly error?: unknown;
      /** There was no answer in time, and no error: what comes of the call after all. */
      readonly late?: Promise<ProbeResult>;
    };

export interface ProbePlace {
  /** `undefined` to ask whether the token is accepted at all. */
  readonly namespace: string | undefined;
  /** For messages: `host:port`; `undefined` where the connection is somebody else's. */
  readonly address: string | undefined;
  readonly clock: Clock;
  /** Makes a reason, fit to be shown, of what was thrown. */
  readonly explain: (error: unknown) => string;
}

export interface ProbeCall {
  readonly connection: NativeConnection;
  /** A token to be tried in place of the connection's. */
  readonly token?: string | undefined;
  /** The connection's own, at the time. */
  readonly current?: () => string;
  readonly signal: AbortSignal;
}

/** How long an answer is waited for, in ms. */
const timeoutMs = 5_000;

/** How long one attempt of a call may take, in ms, as in Temporal's Core: a late answer is an answer. */
const attemptMs = 30_000;

/**
 * Asks Temporal whether it accepts a token for the calls of workers in a namespace, by {@link workerCalls}: one method may be denied alone. A token that
 * is rejected for each of them is asked about by one after another, each time by one, until one is accepted.
 */
export class Probe {
  readonly #place: ProbePlace;
  /** The one that was accepted last, where others were rejected, comes first. */
  #calls: readonly HarmlessCall[];
  readonly #unknown = new Set<HarmlessCall>();
  /** How often in a row a token was rejected. */
  readonly #rejections = new ByToken<number>();

  constructor(place: ProbePlace) {
    this.#place = place;
    this.#calls = place.namespace === undefined ? anyCalls : workerCalls;
  }

  /** @throws the signal's reason; IllegalStateError when the connection was closed */
  async ask(call: ProbeCall): Promise<ProbeResult> {
    call.signal.throwIfAborted();
    const late = handled(this.#make(call).then(() => ({ kind: 'good' }) as const, this.#resultOf.bind(this)));
    try {
      return await this.#inTime(late, call);
    } catch (error) {
      if (!(error instanceof ConnectivityError)) throw error;
      return { kind: 'unreachable', reason: this.#place.explain(error), late };
    }
  }

  /** @throws what Temporal's SDK throws; ConnectivityError when there is no answer; the signal's reason */
  check(call: ProbeCall): Promise<void> {
    return this.#inTime(this.#make(call), call);
  }

  #inTime<T>(answer: Promise<T>, { signal }: ProbeCall): Promise<T> {
    const { clock, address, namespace = '' } = this.#place;
    const timeoutError = (): Error => noResponseWithin({ address, namespace }, timeoutMs);
    return withDeadline(() => answer, { clock, timeoutMs, signal, timeoutError });
  }

  #make({ connection, token, current = () => '' }: ProbeCall): Promise<void> {
    const { clock, namespace = '' } = this.#place;
    const metadata = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const make = (call: HarmlessCall): Promise<unknown> =>
      connection
        .withDeadline(clock.wallNow() + attemptMs, () =>
          connection.withMetadata(metadata, () => call(connection.workflowService, namespace)),
        )
        .catch((error: unknown) => {
          if (isUnknownMethod(callFailure(error))) this.#unknown.add(call);
          throw error;
        });
    const asked = token ?? current();
    const rejections = this.#rejections.get(asked) ?? 0;
    const known = this.#calls.filter((call) => !this.#unknown.has(call));
    const inTurn = rejections === 0 ? undefined : known[(rejections - 1) % known.length];
    return inOwnContext(async () => {
      try {
        const accepted = await acceptedCall(inTurn === undefined ? this.#calls : [inTurn], make);
        this.#rejections.delete(asked);
        // Nothing was denied alone where another token came in between.
        if (rejections === 0 && asked === (token ?? current()))
          this.#calls = [accepted, ...this.#calls.filter((call) => call !== accepted)];
      } catch (error) {
        const failure = callFailure(error);
        if (isRejection(failure)) this.#rejections.set(asked, rejections + 1);
        // It may fail alone.
        if (isOfOneCall(failure)) this.#calls = [...this.#calls.slice(1), ...this.#calls.slice(0, 1)];
        throw error;
      }
    });
  }

  #resultOf(error: unknown): ProbeResult {
    if (isClosedConnection(error)) throw error;
    const failure = callFailure(error);
    const isThrottled = failure.grpcStatus === grpcCode.resourceExhausted;
    const kind = isThrottled ? 'throttled' : isRejection(failure) ? 'rejected' : 'unreachable';
    return { kind, reason: this.#place.explain(error), error };
  }
}
