import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { refuse, refuseUnknown, type Refusal } from './answers.ts';
import { authorize, bearerToken, type Decision, type DenialReason } from './authorizer.ts';
import { readFirstMessage, stringField } from './first-message.ts';
import { forward, headerBlock } from './forward.ts';
import { publicKeys, type JsonWebKeySet, type PublicKeys } from './json-web-keys.ts';
import { SeenTokens, type SeenToken } from './seen-tokens.ts';
import { SESSION_OPTIONS, Upstream } from './upstream.ts';
import type { Claims } from './verify-jwt.ts';

/** Settings of a {@link TemporalAuthGateway}. */
export interface TemporalAuthGatewayOptions {
  /** The frontend: `host:port` (plaintext, as a Temporal dev server has it), or an `http:` or `https:` URL. */
  readonly upstream: string;
  /** The keys that tokens are signed with: a set, or the address of one. It is read again for each unknown `kid`. */
  readonly jwks: JsonWebKeySet | string | URL;
  /** Tells the time (milliseconds since the epoch) by which tokens expire. Default: the system's clock. */
  readonly clock?: { wallNow(): number };
  /** A certificate and its key (PEM) to serve HTTP/2 over TLS. Default: plaintext. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

/** What became of one RPC. It never holds the token itself. */
export interface RpcEvent {
  /** The method's short name, such as `PollWorkflowTaskQueue`. */
  readonly method: string;
  /** The whole name, `/package.Service/Method`. */
  readonly path: string;
  /** `passed`: handed on to the frontend, whatever that answers. */
  readonly verdict: 'passed' | 'refused';
  /** Why it was refused; `fault` is {@link TemporalAuthGateway.refuseAll}. `undefined` when it passed. */
  readonly reason: DenialReason | 'fault' | undefined;
  /** The bearer token, when there was one. */
  readonly token: SeenToken | undefined;
}

/**
 * An HTTP/2 reverse proxy in front of a Temporal frontend that checks the bearer token of every RPC and answers a bad one as
 * Temporal's own authorizer does: `PERMISSION_DENIED` with the message `Request unauthorized.`, whatever the reason. A method
 * that Temporal does not have is `UNIMPLEMENTED`. All else goes through unchanged, in both directions.
 *
 * Like the authorizer, it looks at a token when a call starts and never again while the call lasts.
 */
export class TemporalAuthGateway implements AsyncDisposable {
  readonly #keys: PublicKeys;
  readonly #upstream: Upstream;
  readonly #clock: { wallNow(): number };
  readonly #tls: TemporalAuthGatewayOptions['tls'];
  readonly #tokens = new SeenTokens();
  readonly #passed = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #listeners = new Set<(event: RpcEvent) => void>();
  readonly #sockets = new Set<Socket>();
  #running: { readonly server: Http2Server; readonly stopping: AbortController } | undefined;
  #fault: Refusal | undefined;

  /** @throws TypeError when `jwks` is a text that is not a URL */
  constructor(options: TemporalAuthGatewayOptions) {
    this.#keys = publicKeys(options.jwks);
    this.#upstream = new Upstream(options.upstream);
    this.#clock = options.clock ?? { wallNow: () => Date.now() };
    this.#tls = options.tls;
  }

  /**
   * Listens on 127.0.0.1, on a port that the system hands out. The frontend need not be up yet: until it is, RPCs end
   * with `UNAVAILABLE`.
   *
   * @returns where it listens, as `host:port`
   * @throws Error when it is already running
   */
  async start(): Promise<{ readonly address: string }> {
    if (this.#running !== undefined) throw new Error('The gateway is already running; stop() it first');
    const server =
      this.#tls === undefined
        ? createServer(SESSION_OPTIONS)
        : createSecureServer({ ...SESSION_OPTIONS, ...this.#tls });
    const stopping = new AbortController();
    this.#running = { server, stopping };
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
        stream.on('error', () => undefined);
        this.#serve(stream, headers, rawHeaders, stopping.signal).catch(() => {
          stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        });
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const { address, port } = server.address() as AddressInfo;
    return { address: `${address}:${port}` };
  }

  /** Cuts all connections and listens no longer. Counts stay. Nothing happens when it is not running. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.stopping.abort();
    const closed = new Promise((resolve) => running.server.close(resolve));
    this.dropConnections();
    await Promise.all([closed, this.#upstream.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Calls `listener` for each RPC, as soon as its verdict is known. Returns the function that ends this. */
  subscribe(listener: (event: RpcEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many RPCs were handed on, by the method's short name. */
  get passed(): ReadonlyMap<string, number> {
    return this.#passed;
  }

  /** How many RPCs were refused, by the method's short name. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused;
  }

  /** All RPCs so far. */
  get totals(): { readonly passed: number; readonly refused: number } {
    return { passed: sum(this.#passed), refused: sum(this.#refused) };
  }

  /**
   * From now on, and until {@link TemporalAuthGateway.refuseNone}, refuses every RPC (GetSystemInfo and the health check
   * too) in this manner, whatever its token. Calls that have begun go on.
   *
   * @param refusal default `permission-denied`
   */
  refuseAll(refusal: Refusal = 'permission-denied'): void {
    this.#fault = refusal;
  }

  /** Ends {@link TemporalAuthGateway.refuseAll}: tokens decide again. */
  refuseNone(): void {
    this.#fault = undefined;
  }

  /** Cuts the connections of all clients, with whatever is under way on them. New ones are accepted at once. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const path = headers[':path'] ?? '';
    const fault = this.#fault;
    let begun: Buffer | undefined;
    const namespace = async (field: number): Promise<string> => {
      begun = await readFirstMessage(stream);
      return stringField(begun, field, headers['grpc-encoding']?.toString());
    };
    const { authorization } = headers;
    const decision: Decision =
      fault === undefined
        ? await authorize({ path, authorization, namespace }, this.#keys, this.#clock.wallNow(), signal)
        : { denied: undefined };
    // A caller that left while its token was looked at, or a gateway that was stopped meanwhile, gets no verdict.
    if (signal.aborted || stream.closed || stream.destroyed) return;

    const reason = fault === undefined ? decision.denied : 'fault';
    this.#report(path, reason, authorization, decision.claims);
    if (reason === undefined) {
      const request = headerBlock(headers, rawHeaders);
      // The client's names this gateway; Node puts the frontend's in its place.
      delete request[':authority'];
      forward(stream, this.#upstream.request(request), begun);
    } else if (reason === 'unknown-method') {
      refuseUnknown(stream, path);
    } else {
      refuse(stream, fault ?? 'permission-denied');
    }
  }

  #report(
    path: string,
    reason: RpcEvent['reason'],
    authorization: string | undefined,
    claims: Claims | undefined,
  ): void {
    const method = path.slice(path.lastIndexOf('/') + 1);
    const counts = reason === undefined ? this.#passed : this.#refused;
    counts.set(method, (counts.get(method) ?? 0) + 1);
    const token = this.#tokens.see(bearerToken(authorization), claims);
    const verdict = reason === undefined ? 'passed' : 'refused';
    for (const listener of this.#listeners) listener({ method, path, verdict, reason, token });
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
