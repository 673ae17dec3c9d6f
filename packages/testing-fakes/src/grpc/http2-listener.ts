import { constants } from 'node:crypto';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { number } from '../given/check-given.ts';
import { holdPort } from '../server/held-port.ts';
import { runs, type StartedBy, startedBy } from '../server/left-running.ts';
import type { LoopbackServerOptions } from '../server/loopback-server.ts';
import { type TlsSettings, tlsSettings } from '../tls/server-tls.ts';
import { testAuthority } from '../tls/test-authority.ts';
import { Rpc } from './rpc.ts';

/** How the kit's servers and clients speak HTTP/2: as little of their own as Node allows. */
export const sessionOptions = {
  /** Node's default of 10 MB rejects streams while a few large messages are on their way. */
  maxSessionMemory: 1_000,
  /** Node would drop a field whose value ends in a space, such as the `Bearer ` of an empty token. */
  strictFieldWhitespaceValidation: false,
  /** Node would not send a second `authorization` on. */
  strictSingleValueFields: false,
} as const;

export interface Http2ListenerOptions extends LoopbackServerOptions {
  /**
   * Lets in nobody whose client certificate was not issued by the kit's own authority, or is not valid at that moment: the connection is closed.
   * Needs `tls`. Default false.
   */
  readonly requireClientCertificate?: boolean | undefined;
  /** How many calls may be open on a connection at once (`SETTINGS_MAX_CONCURRENT_STREAMS`). Default no limit. */
  readonly maxConcurrentStreams?: number | undefined;
}

export const streamCount = number({ min: 1, isWhole: true });

export interface Http2Events {
  readonly onRpc: (rpc: Rpc) => unknown;
  /** A connection was made, or is gone. */
  readonly onConnection: () => void;
}

interface Running {
  readonly server: Http2Server;
  readonly stopped: () => void;
  readonly stopping: AbortController;
}

const sockets = new WeakMap<Http2Session, Socket>();

export function connectionOf({ session }: ServerHttp2Stream): Socket | undefined {
  return session === undefined ? undefined : sockets.get(session);
}

/** Node checks the certificate when the handshake has ended, and closes the connection then; that of a resumed session it takes unseen. */
function clientCertificates(): SecureServerOptions {
  return { requestCert: true, ca: testAuthority().ca, secureOptions: constants.SSL_OP_NO_TICKET };
}

export function clientNameOf({ session }: ServerHttp2Stream): string | undefined {
  const socket: unknown = session?.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  const { subject } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  return [subject?.CN ?? []].flat()[0];
}

/** HTTP/2 on 127.0.0.1, in the clear or over TLS, that can come back on its port. */
export class Http2Listener {
  readonly #events: Http2Events;
  readonly #tls: TlsSettings | undefined;
  readonly #requiresCertificate: boolean;
  readonly #maxConcurrentStreams: number | undefined;
  readonly #open = new Map<number | undefined, Socket>();
  readonly #startedBy: StartedBy = startedBy();
  #seen = 0;
  #port: number;
  #running: Running | undefined;

  constructor(
    events: Http2Events,
    { port = 0, tls = false, requireClientCertificate = false, maxConcurrentStreams }: Http2ListenerOptions,
  ) {
    if (requireClientCertificate && tls === false) throw new TypeError('requireClientCertificate needs tls');
    this.#events = events;
    this.#port = port;
    this.#tls = tlsSettings(tls);
    this.#requiresCertificate = requireClientCertificate;
    this.#maxConcurrentStreams = maxConcurrentStreams;
  }

  /** Where it listens, or listened last; 0 before it has. */
  get port(): number {
    return this.#port;
  }

  get caCertificate(): string | undefined {
    return this.#tls?.ca;
  }

  get openConnections(): number {
    return this.#open.size;
  }

  get connectionsSeen(): number {
    return this.#seen;
  }

  async listen(): Promise<void> {
    const maxConcurrentStreams = this.#maxConcurrentStreams;
    const options = {
      ...sessionOptions,
      ...(maxConcurrentStreams !== undefined && { settings: { maxConcurrentStreams } }),
    };
    const server =
      this.#tls === undefined
        ? createServer(options)
        : createSecureServer({
            ...options,
            ...this.#tls.certificate,
            ...(this.#requiresCertificate && clientCertificates()),
          });
    const stopping = new AbortController();
    // Before Node's own listener, which makes the session.
    server.prependListener('connection', (socket: Socket) => {
      this.#track(socket);
    });
    server.on('session', (session: ServerHttp2Session) => {
      // Over TLS the session has another socket than the connection, with the same peer.
      const socket = this.#open.get(session.socket.remotePort);
      if (socket !== undefined) sockets.set(session, socket);
    });
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
        stream.on('error', () => undefined);
        this.#events.onRpc(new Rpc(stream, headers, rawHeaders, stopping.signal));
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    const stopped = runs({ startedBy: this.#startedBy, port: this.#port });
    this.#running = { server, stopped, stopping };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.stopped();
    running.stopping.abort();
    const closed = new Promise((resolve) => running.server.close(resolve));
    holdPort(this.#port);
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }

  #track(socket: Socket): void {
    const { remotePort } = socket;
    this.#seen++;
    this.#open.set(remotePort, socket);
    socket.once('close', () => {
      this.#open.delete(remotePort);
      this.#events.onConnection();
    });
    this.#events.onConnection();
  }
}
