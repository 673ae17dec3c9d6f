/**
 * Where workers come in: HTTP/2 within bounds, in plain text for this machine alone, over TLS from elsewhere. Where there is a secret, those alone
 * who present it.
 */
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import type { Settings } from '@worker-auth/calls/settings/settings';
import { bearerCheck, isKnownHost } from '../token-server.ts';
import { grpcStatus } from './exchange.ts';

export interface DoorOptions {
  /** See {@link isKnownHost}. */
  readonly host: string | undefined;
  /** What workers present as API key; `undefined`: whatever they like. */
  readonly bearer: string | undefined;
  /** The file that has it; `undefined` where the program of the agent alone has it. */
  readonly bearerFile: string | undefined;
  /** Of TLS, in files that rotate; `undefined`: plain text. */
  readonly certificate: CertificateFiles | undefined;
}

/** Calls that a worker may have open, and the bytes of their headers: with a token, other servers take no more. */
const limits = { maxConcurrentStreams: 10_000, maxHeaderListSize: 32_768 };

/** So many connections of workers. One more takes the place of one that has no call open. */
const maxSessions = 1_000;

/** From so many on that had no call yet, the oldest of these goes: they may be a flood, and a worker's first call follows at once. */
const maxNew = 500;

/** So many with those that do not speak HTTP/2 yet, and how long these may take, in ms. */
const [maxConnections, handshakeTimeout] = [4_000, 10_000];

/** How much a worker may send ahead, in bytes. */
const windowBytes = 4_194_304;

const http2 = {
  maxSessionMemory: 1_000,
  settings: { enablePush: false, initialWindowSize: windowBytes, ...limits },
  // A worker whose machine is gone says nothing.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
};

export class Door {
  readonly server: Http2Server | Http2SecureServer;
  readonly #host: string | undefined;
  readonly #isPresented: ReturnType<typeof bearerCheck> | undefined;
  readonly #howToPresent: string;
  readonly #certificates: ClientCertificates | undefined;
  /** How many calls each has open; `undefined`: it had none yet. Those whose last call ended come last. */
  readonly #sessions = new Map<ServerHttp2Session, number | undefined>();

  constructor(
    { host, bearer, bearerFile, certificate }: DoorOptions,
    settings: Settings,
    onCall: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
    onClosed: (session: ServerHttp2Session) => void,
  ) {
    this.#host = host;
    this.#isPresented = bearer === undefined ? undefined : bearerCheck(bearer);
    this.#howToPresent =
      bearerFile === undefined
        ? 'It is for the program behind "--". For others start it with --worker-bearer-file'
        : `TEMPORAL_API_KEY: the content of ${bearerFile} (--worker-bearer-file); TEMPORAL_TLS: ${certificate !== undefined}`;
    this.#certificates =
      certificate && new ClientCertificates(certificate, settings, { certificate: 'of the proxy' });
    this.server =
      certificate === undefined ? createServer(http2) : createSecureServer({ ...http2, handshakeTimeout });
    this.server.maxConnections = maxConnections;
    this.server.on('session', (session: ServerHttp2Session) => {
      const least = this.#sessions.size < maxSessions ? undefined : (this.#least ?? session);
      least?.destroy();
      if (least === session) return;
      this.#sessions.set(session, undefined);
      session.setLocalWindowSize(4 * windowBytes);
      session.on('error', () => undefined);
      session.once('close', () => {
        this.#sessions.delete(session);
        onClosed(session);
      });
    });
    this.server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      // Its end says enough; without a listener it would end the process.
      stream.on('error', () => undefined);
      const session = stream.session as ServerHttp2Session;
      this.#count(session, 1);
      stream.once('close', () => {
        this.#count(session, -1);
      });
      onCall(stream, headers);
    });
  }

  /** Reads the certificate, where there is one. */
  async ready(signal?: AbortSignal): Promise<void> {
    const certificates = this.#certificates;
    if (certificates === undefined) return;
    await certificates.ready(signal);
    const present = (): void => {
      const { newest } = certificates;
      (this.server as Http2SecureServer).setSecureContext({ cert: newest.cert, key: newest.privateKey() });
    };
    present();
    certificates.subscribe(present);
    certificates.start();
  }

  /** Connections of workers. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Why a call is not let in; `undefined` when it is. @param bytes of its headers */
  rejection(headers: IncomingHttpHeaders, bytes: number): [number, string] | undefined {
    const { ':authority': authority, authorization } = headers;
    if (!isKnownHost(authority, this.#host))
      return [grpcStatus.permissionDenied, 'The proxy is for programs of its own machine'];
    if (this.#isPresented?.(authorization) === false)
      return [
        grpcStatus.unauthenticated,
        `Present the secret of the proxy as API key. ${this.#howToPresent}`,
      ];
    // Node leaves it to the peer to keep to the setting.
    if (bytes > limits.maxHeaderListSize)
      return [grpcStatus.invalidArgument, 'The headers of a call have more than 32 KB'];
    return undefined;
  }

  async close(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    for (const session of this.#sessions.keys()) session.destroy();
    await this.#certificates?.stop();
    await closed;
  }

  get #least(): ServerHttp2Session | undefined {
    const sessions = [...this.#sessions.keys()];
    const fresh = sessions.filter((session) => this.#sessions.get(session) === undefined);
    const idle = fresh.length < maxNew && sessions.find((session) => this.#sessions.get(session) === 0);
    return idle || fresh[0];
  }

  #count(session: ServerHttp2Session, change: number): void {
    if (!this.#sessions.has(session)) return;
    const calls = (this.#sessions.get(session) ?? 0) + change;
    if (calls === 0) this.#sessions.delete(session);
    this.#sessions.set(session, calls);
  }
}
