import {
  InterceptingCall,
  type Interceptor,
  type InterceptorOptions,
  type NextCall,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import { closedCall } from './next-call.ts';

type Call = ReturnType<NextCall>;

/** What grpc-js says while it has no connection; anything else comes from a server, or befell a connection that there was. */
const noConnection = /^(?:No connection established|Name resolution failed)/;

/**
 * Hears why a connection cannot be opened. Temporal's own way of waiting for one gives no reason, and its retries go on as if it were
 * lost for a moment.
 */
export class ConnectWatch {
  readonly #failing = new AbortController();
  #state: 'connecting' | 'connected' | 'ended' = 'connecting';

  /** Aborts as soon as the connection could not be opened; its reason says why, in the words of grpc-js. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /** To be the last of a connection's interceptors, so that it hears of each attempt of a call. */
  get interceptor(): Interceptor {
    // grpc-js asks for no more of it than the interface of a call; another object around it would cost each call of a program.
    return ((options: InterceptorOptions, nextCall: NextCall): Call =>
      this.#intercept(options, nextCall)) as Interceptor;
  }

  /** The connection is open: what befalls it from now on is for those who call. */
  connected(): void {
    this.#state = 'connected';
  }

  /** The connection is about to be closed, since it did not come about. */
  ended(): void {
    this.#state = 'ended';
  }

  #intercept(options: InterceptorOptions, nextCall: NextCall): Call {
    // An attempt of Temporal's retries, whose timer nobody can cancel: on a closed connection it would end the process.
    if (this.#state === 'ended') return closedCall();
    const call = nextCall(options);
    if (this.#state === 'connected') return call;
    return new InterceptingCall(call, {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveStatus: (heard, hand) => {
            hand(this.#hear(heard));
          },
        });
      },
    });
  }

  /** A status that Temporal's retries do not repeat, when there is no use in it. */
  #hear(heard: StatusObject): StatusObject {
    const isOver = heard.code === status.UNAVAILABLE && noConnection.test(heard.details);
    if (!isOver || this.#state !== 'connecting') return heard;
    this.#failing.abort(new Error(heard.details));
    return { ...heard, code: status.CANCELLED };
  }
}
