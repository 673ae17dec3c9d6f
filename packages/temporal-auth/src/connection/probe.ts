import type { NativeConnection } from '@temporalio/worker';
import { type Clock, inOwnContext, withDeadline } from '@worker-auth/internal';
import { noResponseWithin } from '../errors/own-errors.ts';
import { callFailure, grpcCode, isClosedConnection, isOfOneCall, isRefusal } from '../errors/refusal.ts';
import { ConnectivityError } from '../errors/temporal-auth-error.ts';
import { acceptedCall, anyCalls, type HarmlessCall, workerCalls } from './harmless-calls.ts';

/** What Temporal says of a token. `throttled` (RESOURCE_EXHAUSTED) and `unreachable` (no answer, or another one) say nothing of it. */
export type ProbeResultKind = 'good' | 'refused' | 'throttled' | 'unreachable';

export type ProbeResult =
  | { readonly kind: 'good' }
  | {
      readonly kind: Exclude<ProbeResultKind, 'good'>;
      readonly reason: string;
      /** There was no answer yet, and no error. */
      readonly isSilent?: boolean;
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
  readonly signal: AbortSignal;
  /** Called with the answer of the connection's own token when that comes after all. */
  readonly onLate?: ((result: ProbeResult) => void) | undefined;
}

type PendingEnd = Promise<[PromiseSettledResult<void>]>;

/** How long an answer is waited for, in ms. */
const timeoutMs = 5_000;

/** How long one attempt of a call may take, in ms, as in Temporal's Core: a late answer is an answer. */
const attemptMs = 30_000;

/** How long Core repeats a call that fails, in ms: so long none is made beside it. */
const repeatedMs = 10_000;

/** Asks Temporal whether it accepts a token for the calls of workers in a namespace, by {@link workerCalls}. */
export class Probe {
  readonly #place: ProbePlace;
  /** The one that was accepted last comes first. */
  #calls: readonly HarmlessCall[];
  /** The last call had no answer in time: how it fails when Core has repeated it for long enough. */
  #unanswered:
    | {
        readonly connection: NativeConnection;
        readonly end: PendingEnd;
        readonly sinceMs: number;
        isRepeated: boolean;
      }
    | undefined;

  constructor(place: ProbePlace) {
    this.#place = place;
    this.#calls = place.namespace === undefined ? anyCalls : workerCalls;
  }

  /** @throws the signal's reason; IllegalStateError when the connection was closed */
  async ask(call: ProbeCall): Promise<ProbeResult> {
    try {
      await this.check(call);
      return { kind: 'good' };
    } catch (error) {
      call.signal.throwIfAborted();
      return this.#resultOf(error);
    }
  }

  /** @throws what Temporal's SDK throws; ConnectivityError when there is no answer; the signal's reason */
  async check({ connection, token, signal, onLate }: ProbeCall): Promise<void> {
    const { clock, address, namespace = '' } = this.#place;
    const metadata = token === undefined ? {} : { authorization: `Bearer ${token}` };
    let end: PendingEnd | undefined;
    const timeoutError = (): Error => {
      if (token === undefined && end !== undefined) {
        const unanswered = { connection, end, sinceMs: clock.monotonicNow(), isRepeated: true };
        void end
          .then(([ended]) => {
            unanswered.isRepeated = false;
            if (signal.aborted) return;
            onLate?.(ended.status === 'fulfilled' ? { kind: 'good' } : this.#resultOf(ended.reason));
          })
          .catch(() => undefined);
        this.#unanswered = unanswered;
      }
      return noResponseWithin({ address, namespace }, timeoutMs);
    };
    const attempt = async (ending: AbortSignal): Promise<void> => {
      // Core repeats a call for 10 s: another one beside it would add to the load, and to the log of Core.
      if (token === undefined) await this.#throwUnanswered(connection, ending);
      const call = this.#call((one) =>
        connection.withDeadline(clock.wallNow() + attemptMs, () =>
          connection.withMetadata(metadata, () => one(connection.workflowService, namespace)),
        ),
      );
      end = Promise.allSettled([call]);
      await call;
    };
    await inOwnContext(() => withDeadline(attempt, { clock, timeoutMs, signal, timeoutError }));
  }

  async #call(make: (call: HarmlessCall) => Promise<unknown>): Promise<void> {
    try {
      const accepted = await acceptedCall(this.#calls, make);
      this.#calls = [accepted, ...this.#calls.filter((call) => call !== accepted)];
    } catch (error) {
      // It may fail alone.
      if (isOfOneCall(callFailure(error)))
        this.#calls = [...this.#calls.slice(1), ...this.#calls.slice(0, 1)];
      throw error;
    }
  }

  /** @throws the error of the unanswered call, when it was throttled in the end, or was repeated until now and had no answer */
  async #throwUnanswered(connection: NativeConnection, signal: AbortSignal): Promise<void> {
    const unanswered = this.#unanswered;
    if (unanswered?.connection !== connection) return;
    if (this.#place.clock.monotonicNow() - unanswered.sinceMs > repeatedMs) return;
    const { isRepeated } = unanswered;
    const [ended] = await unanswered.end;
    signal.throwIfAborted();
    this.#unanswered = undefined;
    if (ended.status === 'fulfilled') return;
    const kind = kindOf(ended.reason);
    if (kind === 'throttled' || (isRepeated && kind === 'unreachable')) throw ended.reason;
  }

  #resultOf(error: unknown): ProbeResult {
    if (isClosedConnection(error)) throw error;
    const isSilent = error instanceof ConnectivityError;
    return { kind: kindOf(error), reason: this.#place.explain(error), ...(isSilent && { isSilent }) };
  }
}

function kindOf(error: unknown): 'refused' | 'throttled' | 'unreachable' {
  const failure = callFailure(error);
  if (failure.grpcStatus === grpcCode.resourceExhausted) return 'throttled';
  return isRefusal(failure) ? 'refused' : 'unreachable';
}
