import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { text, urlText } from '../given/check-given.ts';
import { sessionOptions } from '../grpc/http2-listener.ts';
import { trustedCertificates } from '../tls/trusted-certificates.ts';

export class Upstream {
  readonly #url: string;
  #session: ClientHttp2Session | undefined;

  /** @param address `host:port` (HTTP/2 without TLS), or an `http:` or `https:` URL */
  constructor(address: string) {
    text('upstream', address);
    this.#url = address.includes('://') ? address : `http://${address}`;
    urlText('upstream', this.#url);
  }

  /** Opens a stream at once; a connection that fails shows as the end of the stream. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = openSession(this.#url);
    }
    return this.#session.request(headers, { endStream: false });
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined || session.destroyed) return;
    await new Promise<void>((resolve) => {
      session.once('close', resolve);
      session.destroy();
    });
  }
}

function openSession(url: string): ClientHttp2Session {
  const session = connect(url, {
    ...sessionOptions,
    ...(url.startsWith('https:') && { ca: trustedCertificates() }),
    // A server that sets no limit of streams sends no setting, and Node's default of 100 would stay.
    peerMaxConcurrentStreams: 2 ** 32 - 1,
    settings: { enablePush: false },
  });
  // Every stream of a lost session has a `close` of its own.
  session.on('error', () => undefined);
  return session;
}
