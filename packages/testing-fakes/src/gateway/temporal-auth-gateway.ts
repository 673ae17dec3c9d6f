import {
  authorizerChecks,
  type AuthorizerOptions,
  authorizerOf,
} from '../authorization/authorizer-options.ts';
import type { DenialReason } from '../authorization/denial-reason.ts';
import { type Checks, checkGiven, text } from '../given/check-given.ts';
import { AuthorizingServer } from '../grpc/authorizing-server.ts';
import { type Http2ListenerOptions, streamCount } from '../grpc/http2-listener.ts';
import type { ResponseDue, Rpc } from '../grpc/rpc.ts';
import { hostClock } from '../server/host-clock.ts';
import { loopbackChecks } from '../server/loopback-server.ts';
import { forward, headerBlock } from './forward.ts';
import { Upstream } from './upstream.ts';

/** Settings of {@link TemporalAuthGateway.start}. */
export interface TemporalAuthGatewayOptions
  extends Pick<Http2ListenerOptions, 'port' | 'tls' | 'maxConcurrentStreams'>, AuthorizerOptions {
  /** The frontend: `host:port` (plaintext, as a Temporal dev server has it), or an `http:` or `https:` URL. The kit's own authority is trusted. */
  readonly upstream: string;
}

const optionChecks: Checks<TemporalAuthGatewayOptions> = {
  ...loopbackChecks,
  ...authorizerChecks,
  upstream: text,
  maxConcurrentStreams: streamCount,
};

/**
 * An HTTP/2 reverse proxy in front of a Temporal frontend that checks the bearer token of every RPC and answers a bad one as
 * Temporal's own authorizer does. That is `PERMISSION_DENIED` with the message `Request unauthorized.`, whatever the reason. A
 * method that Temporal does not have is `UNIMPLEMENTED`. All else goes through unchanged, in both directions.
 *
 * Like these, it looks at a token when a call starts and never again while the call lasts.
 */
export class TemporalAuthGateway extends AuthorizingServer<DenialReason> {
  readonly #upstream: Upstream;

  /**
   * Starts a gateway on 127.0.0.1; end it with {@link TemporalAuthGateway.stop} or `await using`. The frontend need not be up yet:
   * until it is, RPCs end with `UNAVAILABLE`.
   *
   * @throws TypeError for an unknown option, when `jwks` is a text that is not a URL, or a key set that
   *   cannot be used
   * @throws RangeError when a number is not above 0
   */
  static async start(options: TemporalAuthGatewayOptions): Promise<TemporalAuthGateway> {
    checkGiven('TemporalAuthGateway.start', options, optionChecks);
    const gateway = new TemporalAuthGateway(options);
    await gateway.restart();
    return gateway;
  }

  private constructor(options: TemporalAuthGatewayOptions) {
    const upstream = new Upstream(options.upstream);
    const { clock = hostClock } = options;
    super({
      ...options,
      clock,
      authorize: authorizerOf(options, clock),
      handle: (rpc, responseDue) => {
        handOn(rpc, upstream, responseDue);
      },
    });
    this.#upstream = upstream;
  }

  override async stop(): Promise<void> {
    await Promise.all([super.stop(), this.#upstream.close()]);
  }
}

function handOn(
  { headers, rawHeaders, stream, begun }: Rpc,
  upstream: Upstream,
  responseDue: ResponseDue,
): void {
  const request = headerBlock(headers, rawHeaders);
  // The client's names this gateway; Node puts the frontend's in its place.
  delete request[':authority'];
  forward(stream, upstream.request(request), begun, responseDue);
}
