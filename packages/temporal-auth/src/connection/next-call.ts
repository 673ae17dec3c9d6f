import { InterceptingCall, Metadata, type NextCall, status } from '@grpc/grpc-js';
import { connectionClosed } from '../errors/own-errors.ts';

/**
 * The call after an interceptor. On a connection that was closed meanwhile gRPC throws, and what comes later than the call itself, its
 * repetition from a timer of Temporal's retries or with another token, has nobody who could catch that: the process would end. Such a call ends as
 * CANCELLED.
 */
export function nextCallOf(nextCall: NextCall, options: Parameters<NextCall>[0]): ReturnType<NextCall> {
  try {
    return nextCall(options);
  } catch {
    return new InterceptingCall({
      start: (_metadata, listener) => {
        const cause = connectionClosed();
        // Before the status, even when there is none: the interceptor of Temporal's retries relies on it.
        listener?.onReceiveMessage?.(null);
        const ended = { code: status.CANCELLED, details: cause.message, metadata: new Metadata(), cause };
        listener?.onReceiveStatus?.(ended);
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
