import { InterceptingCall, Metadata, type NextCall, status } from '@grpc/grpc-js';
import { connectionClosed } from '../errors/own-errors.ts';
import type { AnswerListener } from './answer.ts';

type Call = ReturnType<NextCall>;

/**
 * The call after an interceptor. On a connection that was closed meanwhile gRPC throws, and what comes later than the call itself, its
 * repetition from a timer of Temporal's retries or with another token, has nobody who could catch that: the process would end. Such a call ends as
 * CANCELLED.
 */
export function nextCallOf(nextCall: NextCall, options: Parameters<NextCall>[0]): Call {
  try {
    return nextCall(options);
  } catch {
    return new ClosedCall();
  }
}

/** A call that ends as soon as it starts. */
class ClosedCall extends InterceptingCall {
  constructor() {
    const nothing = (): void => undefined;
    super({
      start: nothing,
      cancelWithStatus: nothing,
      sendMessage: nothing,
      sendMessageWithContext: nothing,
      startRead: nothing,
      halfClose: nothing,
      getPeer: () => '',
      getAuthContext: () => null,
    });
  }

  override start(_metadata: Metadata, listener: AnswerListener = {}): void {
    const cause = connectionClosed();
    const ended = { code: status.CANCELLED, details: cause.message, metadata: new Metadata(), cause };
    queueMicrotask(() => {
      // Before the status, even when there is none: the interceptor of Temporal's retries relies on it.
      listener.onReceiveMessage?.(null);
      listener.onReceiveStatus?.(ended);
    });
  }
}
