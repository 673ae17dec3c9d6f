import {
  InterceptingCall,
  type InterceptingListener,
  type InterceptorOptions,
  Metadata,
  type NextCall,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import { abortable, maxTimerMs, withDeadline } from '@worker-auth/internal';
import { connectionClosed, noTokenInTime, unusableToken } from '../errors/own-errors.ts';
import { isRefusalCode } from '../errors/refusal.ts';
import { statusWithoutToken } from '../errors/status-without-token.ts';
import type { CallTokens } from './call-tokens.ts';

type Call = ReturnType<NextCall>;
type Listener = Partial<InterceptingListener>;
type MessageContext = Parameters<Call['sendMessageWithContext']>[0];
type AskForToken = (signal: AbortSignal) => Promise<string>;

/** With another token, and with the one that was accepted before. */
const maxRepetitions = 2;

/**
 * One attempt of a call: sent with a token as soon as there is one, and, when it is refused, with others. Until it is sent,
 * and between them, gRPC sees to neither deadline nor cancellation: that is done here.
 */
export class AuthenticatedCall extends InterceptingCall implements Listener {
  readonly #options: InterceptorOptions;
  readonly #nextCall: NextCall;
  readonly #tokens: CallTokens;
  #call: Call;
  #metadata!: Metadata;
  #listener!: Listener;
  /** The one that it was sent with. */
  #token!: string;
  /** While a token is awaited; aborted with the status that the caller ends the call with. */
  #leaving: AbortController | undefined;
  #messageContext: MessageContext | undefined;
  /** Kept for the repetition too. */
  #message: unknown;
  #isHalfClosed = false;
  /** The response to a unary call, kept until its status says whether it is the caller's. */
  #received: { metadata?: Metadata; message?: unknown } = {};

  constructor(options: InterceptorOptions, nextCall: NextCall, tokens: CallTokens) {
    const call = nextCallOf(nextCall, options);
    super(call);
    this.#options = options;
    this.#nextCall = nextCall;
    this.#tokens = tokens;
    this.#call = call;
  }

  override start(metadata: Metadata, listener: Listener = {}): void {
    if (metadata.get('authorization').length > 0) {
      this.#call.start(metadata, listener);
      return;
    }
    this.#metadata = metadata;
    this.#listener = listener;
    const token = this.#tokens.next();
    if (token !== undefined && this.#send(token)) return;
    const ask: AskForToken = (signal) => this.#tokens.replacement.tokens.getToken({ signal });
    void this.#wait(ask, (outcome) => {
      if (outcome.status === 'rejected') this.#end(statusWithoutToken(outcome.reason));
      else if (this.#send(outcome.value)) this.#sendRest();
      else this.#end(statusWithoutToken(unusableToken()));
    });
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

  onReceiveMetadata(metadata: Metadata): void {
    this.#received.metadata = metadata;
  }

  onReceiveMessage(message: unknown): void {
    this.#received.message = message;
  }

  /** A rejection is kept from the caller for as long as another token may help. */
  onReceiveStatus(ended: StatusObject): void {
    const { code } = ended;
    if (code === status.OK) this.#tokens.accepted(this.#token, this.#options.method_definition.path);
    if (!isRefusalCode(code) || !this.#repeat(ended)) this.#deliver(ended);
  }

  /** @returns false, having sent nothing, for a token that no header can hold */
  #send(token: string, isRepeated = false): boolean {
    const stamped = withToken(this.#metadata, token);
    if (stamped === undefined) return false;
    if (isRepeated) this.#call = nextCallOf(this.#nextCall, this.#options);
    this.#token = token;
    this.#received = {};
    const { requestStream, responseStream } = this.#options.method_definition;
    this.#call.start(stamped, requestStream || responseStream ? this.#listener : this);
    return true;
  }

  /** What the caller has sent meanwhile. */
  #sendRest(): void {
    if (this.#messageContext !== undefined)
      this.#call.sendMessageWithContext(this.#messageContext, this.#message);
    if (this.#isHalfClosed) this.#call.halfClose();
  }

  /** @returns whether the call is sent again, or its status delivered when there is no other token after all */
  #repeat(ended: StatusObject): boolean {
    const refused = this.#token;
    const tried = [...(this.#tokens.tried.get(this.#options) ?? []), refused];
    this.#tokens.tried.set(this.#options, tried);
    const another = this.#tokens.rejected(refused, this.#options.method_definition.path, tried);
    if (another === undefined || tried.length > maxRepetitions) return false;
    void this.#wait(
      () => another,
      (outcome) => {
        const token = outcome.status === 'fulfilled' ? outcome.value : refused;
        if (!tried.includes(token) && this.#send(token, true)) this.#sendRest();
        else this.#deliver(ended);
      },
    );
    return true;
  }

  /** Hands the outcome to `done` in the very moment in which the wait ends, unless the caller has ended the call. */
  async #wait(ask: AskForToken, done: (outcome: PromiseSettledResult<string>) => void): Promise<void> {
    const leaving = new AbortController();
    this.#leaving = leaving;
    const [outcome] = await Promise.allSettled([this.#beforeDeadline(ask, leaving.signal)]);
    this.#leaving = undefined;
    if (leaving.signal.aborted) this.#end(leaving.signal.reason as StatusObject);
    else done(outcome);
  }

  async #beforeDeadline(ask: AskForToken, signal: AbortSignal): Promise<string> {
    const { clock } = this.#tokens.replacement;
    const leftMs = Number(this.#options.deadline ?? Infinity) - clock.wallNow();
    if (leftMs > maxTimerMs) return abortable(ask(signal), signal);
    return withDeadline(ask, {
      ...{ clock, timeoutMs: Math.max(0, leftMs), signal, timeoutError: noTokenInTime },
    });
  }

  #end(ended: StatusObject): void {
    // It never started, but its deadline runs.
    this.#call.cancelWithStatus(ended.code, ended.details);
    this.#deliver(ended);
  }

  #deliver(ended: StatusObject): void {
    const { metadata, message = null } = this.#received;
    if (metadata !== undefined) this.#listener.onReceiveMetadata?.(metadata);
    deliver(this.#listener, ended, message);
  }
}

/** The message before the status, even when there is none: the interceptor of Temporal's retries relies on it. */
function deliver(listener: Listener, ended: StatusObject, message: unknown = null): void {
  listener.onReceiveMessage?.(message);
  listener.onReceiveStatus?.(ended);
}

/** A copy with the token: each attempt of a call gets the same metadata. `undefined` for a token that no header can hold. */
function withToken(metadata: Metadata, token: string): Metadata | undefined {
  const copy = metadata.clone();
  try {
    copy.set('authorization', `Bearer ${token}`);
    return copy;
  } catch {
    // gRPC's own error would show the token.
  }
  return undefined;
}

/**
 * The call after an interceptor. On a connection that was closed meanwhile gRPC throws, and what comes later than the call itself, its
 * repetition from a timer of Temporal's retries or with another token, has nobody who could catch that: the process would end. Such a call ends as
 * CANCELLED.
 */
export function nextCallOf(nextCall: NextCall, options: InterceptorOptions): Call {
  try {
    return nextCall(options);
  } catch {
    const cause = connectionClosed();
    const ended = { code: status.CANCELLED, details: cause.message, metadata: new Metadata(), cause };
    return new InterceptingCall({
      start: (_metadata, listener = {}) => {
        deliver(listener, ended);
      },
      getPeer: () => '',
      getAuthContext: () => null,
      cancelWithStatus: ignore,
      sendMessageWithContext: ignore,
      sendMessage: ignore,
      startRead: ignore,
      halfClose: ignore,
    });
  }
}

function ignore(): void {
  // There is nobody to hear it.
}
