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
import { connectionClosed, noTokenInTime } from '@worker-auth/calls/errors/own-errors';
import { isRejectionCode } from '@worker-auth/calls/errors/rejection';
import { TemporalAuthError, TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import { translate } from '@worker-auth/calls/errors/translate';
import { pendingMs } from '@worker-auth/calls/tokens/token-replacement';
import type { ScopeVerdicts } from '@worker-auth/calls/tokens/verdicts';
import type { CallTokens } from '@worker-auth/calls/tokens/call-tokens';

type Call = ReturnType<NextCall>;
type Listener = Partial<InterceptingListener>;
type Message = Parameters<Call['sendMessageWithContext']>;

/**
 * One attempt of a call: sent with a token as soon as there is one, and, when it is rejected, with others. Until it is sent,
 * and between them, gRPC sees to neither deadline nor cancellation: that is done here.
 */
export class AuthenticatedCall extends InterceptingCall implements Listener {
  readonly #options: InterceptorOptions;
  readonly #nextCall: NextCall;
  readonly #tokens: CallTokens;
  #call: Call;
  #metadata!: Metadata;
  #listener!: Listener;
  /** Or ended before. */
  #isSent = false;
  /** The one that it was sent with last, and when. */
  #token!: string;
  #sentMs = 0;
  #scope!: ScopeVerdicts;
  /** While a token is awaited; aborted with the status that the caller ends the call with. */
  #leaving: AbortController | undefined;
  #message: Message | undefined;
  #isHalfClosed = false;
  /** Where the response is a stream. */
  #isReading = false;
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
    const [namespace = ''] = metadata.get('temporal-namespace');
    this.#scope = this.#tokens.scope(String(namespace), this.#options.method_definition.path);
    const token = this.#tokens.next(this.#scope);
    if (token !== undefined) {
      this.#send(token);
      return;
    }
    // Its deadline runs, and would end it before it starts, when nobody hears of that: another one is sent.
    this.#call.cancelWithStatus(status.CANCELLED, 'no token yet');
    this.#isSent = true;
    const { tokens } = this.#tokens.replacement;
    void this.#sendLater((signal) => tokens.getToken({ signal }), statusWithoutToken);
  }

  override sendMessageWithContext(...message: Message): void {
    this.#message = message;
    if (this.#leaving === undefined) this.#call.sendMessageWithContext(...message);
  }

  override halfClose(): void {
    this.#isHalfClosed = true;
    if (this.#leaving === undefined) this.#call.halfClose();
  }

  override startRead(): void {
    this.#isReading = true;
    if (this.#leaving === undefined) this.#call.startRead();
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
    const { path } = this.#options.method_definition;
    if (ended.code === status.OK) this.#tokens.accepted(this.#scope, path, this.#token, this.#sentMs);
    if (!isRejectionCode(ended.code) || !this.#repeat(ended)) this.#deliver(ended);
  }

  #send(token: string): void {
    // Each attempt of a call gets the same metadata.
    const stamped = this.#metadata.clone();
    stamped.set('authorization', `Bearer ${token}`);
    if (this.#isSent) this.#call = nextCallOf(this.#nextCall, this.#options);
    this.#isSent = true;
    this.#tokens.sent(this.#scope, token);
    this.#token = token;
    this.#sentMs = this.#tokens.replacement.clock.monotonicNow();
    this.#received = {};
    const { requestStream, responseStream } = this.#options.method_definition;
    this.#call.start(stamped, requestStream || responseStream ? this.#listener : this);
  }

  /** @returns whether the call is sent again, or its status delivered when there is no other token after all */
  #repeat(ended: StatusObject): boolean {
    const tried = [...(this.#tokens.tried.get(this.#options) ?? []), this.#token];
    this.#tokens.tried.set(this.#options, tried);
    const another = this.#tokens.rejected(this.#scope, tried, this.#sentMs);
    if (another === undefined) return false;
    void this.#sendLater(
      () => another,
      () => ended,
      pendingMs,
    );
    return true;
  }

  /** Sends the call in the very moment in which a token comes, with all that the caller has sent, unless the caller has ended it. */
  async #sendLater(
    ask: (signal: AbortSignal) => Promise<string | undefined>,
    statusWithout: (reason: unknown) => StatusObject,
    maxMs = Infinity,
  ): Promise<void> {
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    const { clock } = this.#tokens.replacement;
    const leftMs = Math.min(maxMs, Number(this.#options.deadline ?? Infinity) - clock.wallNow());
    const bounds = { clock, timeoutMs: Math.max(0, leftMs), signal, timeoutError: noTokenInTime };
    const asking = leftMs > maxTimerMs ? abortable(ask(signal), signal) : withDeadline(ask, bounds);
    const [asked] = await Promise.allSettled([asking]);
    this.#leaving = undefined;
    if (signal.aborted) this.#deliver(signal.reason as StatusObject);
    else if (asked.status === 'rejected') this.#deliver(statusWithout(asked.reason));
    else if (asked.value === undefined) this.#deliver(statusWithout(undefined));
    else {
      this.#send(asked.value);
      if (this.#message !== undefined) this.#call.sendMessageWithContext(...this.#message);
      if (this.#isHalfClosed) this.#call.halfClose();
      if (this.#isReading) this.#call.startRead();
    }
  }

  #deliver(ended: StatusObject): void {
    const { metadata, message } = this.#received;
    if (metadata !== undefined) this.#listener.onReceiveMetadata?.(metadata);
    deliver(this.#listener, ended, message);
  }
}

/**
 * How a call ends that was not sent. grpc-js copies the cause into the error that the caller gets. Never UNAVAILABLE, whatever the reason: Temporal's
 * client would repeat that for 20 s, and the token source has its own times.
 */
function statusWithoutToken(error: unknown): StatusObject & { readonly cause: unknown } {
  const cause = translate(error, { tokens: [] }) as Error;
  const isLate = cause instanceof TemporalAuthError && cause.code === TemporalAuthErrorCode.noValidToken;
  const code = isLate ? status.DEADLINE_EXCEEDED : status.UNAUTHENTICATED;
  return { code, details: cause.message, metadata: new Metadata(), cause };
}

/** The message before the status, even when there is none: the interceptor of Temporal's retries relies on it. */
function deliver(listener: Listener, ended: StatusObject, message: unknown = null): void {
  listener.onReceiveMessage?.(message);
  listener.onReceiveStatus?.(ended);
}

/**
 * The call after an interceptor; one that ends as CANCELLED on a connection that was closed meanwhile. gRPC throws then, which nobody could catch.
 * That is so where a call is repeated later, by Temporal's retries or with another token: the process would end.
 */
function nextCallOf(nextCall: NextCall, options: InterceptorOptions): Call {
  try {
    return nextCall(options);
  } catch {
    const ignore = (): void => undefined;
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
