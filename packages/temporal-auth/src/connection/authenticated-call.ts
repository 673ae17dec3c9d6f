import {
  InterceptingCall,
  type InterceptorOptions,
  Metadata,
  type NextCall,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import { abortable, maxTimerMs, withDeadline } from '@worker-auth/internal';
import { noTokenInTime, unusableToken } from '../errors/own-errors.ts';
import { isRefusalCode } from '../errors/refusal.ts';
import { statusWithoutToken } from '../errors/status-without-token.ts';
import type { CallTokens } from './call-tokens.ts';
import { nextCallOf } from './next-call.ts';

type Call = ReturnType<NextCall>;
type MessageContext = Parameters<Call['sendMessageWithContext']>[0];

/** Who hears an answer of grpc-js, its headers, its message and its status. */
interface Listener {
  onReceiveMetadata?(metadata: Metadata): void;
  onReceiveMessage?(message: unknown): void;
  onReceiveStatus?(ended: StatusObject): void;
}

/**
 * One attempt of a call: sent with a token as soon as there is one, and, when it is refused, with others. Until it is sent,
 * and between them, gRPC sees to neither deadline nor cancellation: that is done here.
 */
export class AuthenticatedCall extends InterceptingCall {
  readonly #options: InterceptorOptions;
  readonly #nextCall: NextCall;
  readonly #tokens: CallTokens;
  readonly #isUnary: boolean;
  #call: Call;
  /** While a token is awaited; aborted with the status that the caller ends the call with. */
  #leaving: AbortController | undefined;
  #messageContext: MessageContext | undefined;
  /** Kept for the repetition too. */
  #message: unknown;
  #isHalfClosed = false;

  constructor(options: InterceptorOptions, nextCall: NextCall, tokens: CallTokens) {
    const call = nextCallOf(nextCall, options);
    super(call);
    this.#options = options;
    this.#nextCall = nextCall;
    this.#tokens = tokens;
    this.#call = call;
    const { requestStream, responseStream } = options.method_definition;
    this.#isUnary = !requestStream && !responseStream;
  }

  override start(metadata: Metadata, listener: Listener = {}): void {
    if (metadata.get('authorization').length > 0) {
      this.#call.start(metadata, listener);
      return;
    }
    const token = this.#tokens.next();
    if (token === undefined || !this.#send(token, metadata, listener)) this.#startLater(metadata, listener);
  }

  override sendMessageWithContext(context: MessageContext, value: unknown): void {
    this.#messageContext = context;
    this.#message = value;
    if (this.#leaving === undefined) this.#call.sendMessageWithContext(context, value);
  }

  override halfClose(): void {
    this.#isHalfClosed = true;
    if (this.#leaving === undefined) this.#call.halfClose();
  }

  override cancelWithStatus(code: StatusObject['code'], details: string): void {
    if (this.#leaving === undefined) this.#call.cancelWithStatus(code, details);
    else this.#leaving.abort({ code, details, metadata: new Metadata() } satisfies StatusObject);
  }

  #startLater(metadata: Metadata, listener: Listener): void {
    const ask = (signal: AbortSignal): Promise<string> => this.#tokens.source.getToken({ signal });
    void this.#wait(ask, listener, (outcome) => {
      if (outcome.status === 'rejected') this.#end(statusWithoutToken(outcome.reason), listener);
      else if (!this.#send(outcome.value, metadata, listener))
        this.#end(statusWithoutToken(unusableToken()), listener);
      else {
        if (this.#messageContext !== undefined)
          this.#call.sendMessageWithContext(this.#messageContext, this.#message);
        if (this.#isHalfClosed) this.#call.halfClose();
      }
    });
  }

  /** @returns false, having sent nothing, for a token that no header can hold */
  #send(token: string, metadata: Metadata, listener: Listener): boolean {
    const stamped = withToken(metadata, token);
    if (stamped === undefined) return false;
    this.#call.start(stamped, this.#answering(token, metadata, listener));
    return true;
  }

  /** A rejection is kept from the caller for as long as another token may help. */
  #answering(token: string, metadata: Metadata, listener: Listener): Listener {
    if (!this.#isUnary) return listener;
    const { path } = this.#options.method_definition;
    return new PendingResponse(listener, ({ code }, deliver) => {
      if (code === status.OK) this.#tokens.accepted(token, path);
      if (!isRefusalCode(code) || !this.#repeat(token, metadata, listener, deliver)) deliver();
    });
  }

  /** @returns whether the call is sent again, or `deliver` is called when there is no other token after all */
  #repeat(refused: string, metadata: Metadata, listener: Listener, deliver: () => void): boolean {
    const tried = [...(this.#tokens.tried.get(this.#options) ?? []), refused];
    this.#tokens.tried.set(this.#options, tried);
    const another = this.#tokens.rejected(refused, this.#options.method_definition.path, tried);
    if (another === undefined) return false;
    void this.#wait(
      () => another,
      listener,
      (outcome) => {
        const token = outcome.status === 'fulfilled' ? outcome.value : undefined;
        const stamped = token === undefined ? undefined : withToken(metadata, token);
        if (token === undefined || stamped === undefined) {
          deliver();
          return;
        }
        this.#call = nextCallOf(this.#nextCall, this.#options);
        this.#call.start(stamped, this.#answering(token, metadata, listener));
        this.#call.sendMessage(this.#message);
        this.#call.halfClose();
      },
    );
    return true;
  }

  /** Hands the outcome to `done` in the very moment in which the wait ends, unless the caller has ended the call. */
  async #wait<T>(
    ask: (signal: AbortSignal) => Promise<T>,
    listener: Listener,
    done: (outcome: PromiseSettledResult<T>) => void,
  ): Promise<void> {
    const leaving = new AbortController();
    this.#leaving = leaving;
    const [outcome] = await Promise.allSettled([this.#beforeDeadline(ask, leaving.signal)]);
    this.#leaving = undefined;
    if (leaving.signal.aborted) this.#end(leaving.signal.reason as StatusObject, listener);
    else done(outcome);
  }

  async #beforeDeadline<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#tokens;
    const leftMs = Number(this.#options.deadline ?? Infinity) - clock.wallNow();
    if (leftMs > maxTimerMs) return abortable(ask(signal), signal);
    const timeoutMs = Math.max(0, leftMs);
    return withDeadline(ask, { clock, timeoutMs, signal, timeoutError: noTokenInTime });
  }

  #end(ended: StatusObject, listener: Listener): void {
    // It never started, but its deadline runs.
    this.#call.cancelWithStatus(ended.code, ended.details);
    // Before the status, even when there is none: the interceptor of Temporal's retries relies on it.
    listener.onReceiveMessage?.(null);
    listener.onReceiveStatus?.(ended);
  }
}

/** A copy with the token: each attempt of a call gets the same metadata. `undefined` for a token that no header can hold. */
function withToken(metadata: Metadata, token: string): Metadata | undefined {
  const copy = metadata.clone();
  try {
    copy.set('authorization', `Bearer ${token}`);
    return copy;
  } catch {
    // gRPC's own error would show the token.
    return undefined;
  }
}

/** The response to a unary call, kept until its status says whether it is the caller's. A class and not closures: each call has one. */
class PendingResponse implements Listener {
  readonly #listener: Listener;
  readonly #onStatus: (ended: StatusObject, deliver: () => void) => void;
  #metadata: Metadata | undefined;
  #message: unknown = null;

  /** @param onStatus is to call `deliver`, at once or later, when the response is the caller's */
  constructor(listener: Listener, onStatus: (ended: StatusObject, deliver: () => void) => void) {
    this.#listener = listener;
    this.#onStatus = onStatus;
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
  }

  onReceiveMessage(message: unknown): void {
    this.#message = message;
  }

  onReceiveStatus(ended: StatusObject): void {
    this.#onStatus(ended, () => {
      if (this.#metadata !== undefined) this.#listener.onReceiveMetadata?.(this.#metadata);
      this.#listener.onReceiveMessage?.(this.#message);
      this.#listener.onReceiveStatus?.(ended);
    });
  }
}
