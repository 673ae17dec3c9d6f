import type { NativeConnection } from '@temporalio/worker';
import { abortable, type Clock, inOwnContext, withDeadline } from '@worker-auth/internal';
import { noResponseWithin } from '../errors/own-errors.ts';
import { ConnectivityError } from '../errors/temporal-auth-error.ts';
import { callFailure, grpcCode, isClosedConnection, isRefusal } from '../errors/refusal.ts';

/** What Temporal says of a token. */
export type ProbeResult =
  | { readonly kind: 'good' }
  /**
   * `refused`: it answered and rejected the token. `throttled`: it answered RESOURCE_EXHAUSTED. `unreachable`: there was no answer, or one that says
   * nothing of the token. The last two say nothing of the token.
   */
  | { readonly kind: 'refused' | 'throttled' | 'unreachable'; readonly reason: string };

/** Where Temporal is asked. */
export interface ProbePlace {
  /** `undefined` to ask whether the token is accepted at all. */
  readonly namespace: string | undefined;
  /** For messages: `host:port`; `undefined` where the connection is somebody else's. */
  readonly address: string | undefined;
  readonly clock: Clock;
  /** Makes the reason of what was thrown, fit to be shown. */
  readonly explain: (error: unknown) => string;
}

/** Which connection, token and how long. */
export interface ProbeCall {
  readonly connection: Pick<
    NativeConnection,
    'workflowService' | 'withAbortSignal' | 'withMetadata' | 'withDeadline'
  >;
  /** A token to be tried in place of the connection's. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

/** How long an answer may take, in ms. */
const timeoutMs = 3_000;

/** After that an unanswered call counts for nothing, in ms: Core repeats a call for 10 s. */
const repeatedMs = 15_000;

/**
 * Asks Temporal whether it accepts a token for the calls of workers in a namespace.
 *
 * The call is an empty worker heartbeat: it needs the right to write, as all calls of a worker, and changes nothing. A server that does not
 * know it is asked to describe the namespace, from then on.
 */
export class Probe {
  readonly #place: ProbePlace;
  #hasHeartbeat = true;
  /** The last call had no answer in time: how it fails when Core has repeated it for long enough. */
  #unanswered:
    { readonly failure: Promise<unknown>; readonly sinceMs: number; isRepeated: boolean } | undefined;

  constructor(place: ProbePlace) {
    this.#place = place;
  }

  /** @throws the signal's reason; IllegalStateError when the connection was closed */
  async ask(call: ProbeCall): Promise<ProbeResult> {
    try {
      await this.check(call);
      return { kind: 'good' };
    } catch (error) {
      call.signal.throwIfAborted();
      if (isClosedConnection(error)) throw error;
      return { kind: kindOf(error), reason: this.#place.explain(error) };
    }
  }

  /** @throws what Temporal's SDK throws; ConnectivityError when there is no answer; the signal's reason */
  async check({ connection, token, signal }: ProbeCall): Promise<void> {
    const { clock, address, namespace = '' } = this.#place;
    const metadata = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const timeoutError = (): Error => noResponseWithin({ address, namespace }, timeoutMs);
    const call = (): Promise<void> =>
      connection.withDeadline(clock.wallNow() + timeoutMs, () =>
        connection.withMetadata(metadata, () => this.#call(connection)),
      );
    let failure: Promise<unknown> | undefined;
    const attempt = async (ending: AbortSignal): Promise<void> => {
      // Core repeats a call for 10 s: another one beside it would add to the load, and to the log of Core.
      if (token === undefined) await this.#throwUnanswered(ending);
      const made = call();
      failure = made.then(
        () => undefined,
        (error: unknown) => error,
      );
      await made;
    };
    try {
      await inOwnContext(() =>
        withDeadline((ending) => abortable(attempt(ending), ending), {
          ...{ clock, timeoutMs, signal, timeoutError },
        }),
      );
    } catch (error) {
      if (token === undefined && failure !== undefined && error instanceof ConnectivityError) {
        const unanswered = { failure, sinceMs: clock.monotonicNow(), isRepeated: true };
        void failure.then(() => (unanswered.isRepeated = false));
        this.#unanswered = unanswered;
      }
      throw error;
    }
  }

  /** @throws the error of the unanswered call, when it was throttled in the end, or was repeated until now and had no answer */
  async #throwUnanswered(signal: AbortSignal): Promise<void> {
    const { failure, sinceMs = 0, isRepeated } = this.#unanswered ?? {};
    if (this.#place.clock.monotonicNow() - sinceMs > repeatedMs) return;
    const error = await failure;
    signal.throwIfAborted();
    this.#unanswered = undefined;
    const kind = error === undefined ? 'good' : kindOf(error);
    if (kind === 'throttled' || (isRepeated && kind === 'unreachable')) throw error as Error;
  }

  async #call({ workflowService }: Pick<NativeConnection, 'workflowService'>): Promise<void> {
    const { namespace } = this.#place;
    if (namespace === undefined) {
      await workflowService.getSystemInfo({});
      return;
    }
    if (this.#hasHeartbeat) {
      try {
        await workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
        return;
      } catch (error) {
        if (callFailure(error).grpcStatus !== grpcCode.unimplemented) throw error;
        this.#hasHeartbeat = false;
      }
    }
    await workflowService.describeNamespace({ namespace });
  }
}

function kindOf(error: unknown): 'refused' | 'throttled' | 'unreachable' {
  const failure = callFailure(error);
  if (failure.grpcStatus === grpcCode.resourceExhausted) return 'throttled';
  return isRefusal(failure) ? 'refused' : 'unreachable';
}
