import type { Clock } from '@worker-auth/refresh-scheduler';
import ky from 'ky';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** A token response is a few kilobytes; more is somebody else's answer. */
const maxBodyBytes = 64 * 1024;

/** The connection was open once and broke: a kept-alive one that the server had closed looks like this. */
const brokenConnectionCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** A request as the transport sends it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A whole answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends a request as `fetch` does. For a private CA, a client certificate (mTLS, RFC 8705) or a proxy: give one that
 * uses your agent, for example undici's `fetch` with a `dispatcher`.
 */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Settings of {@link HttpTransport}. */
export interface HttpTransportOptions {
  readonly fetch: FetchLike | undefined;
  /** One deadline over connecting, headers and body, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Requests to an authorization server: no redirects, bodies of at most 64 KiB, one deadline. Repeats a request once, and only when its
 * connection broke before there was an answer; what the server answered is for the backoff to act upon.
 */
export class HttpTransport {
  readonly #options: HttpTransportOptions;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  /**
   * @param signal ends the request
   * @throws TokenRequestError, or the signal's reason
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const deadline = new AbortController();
    const timer = this.#options.clock.startTimer(() => {
      deadline.abort();
    }, this.#options.timeoutMs);
    try {
      return await this.#exchange(request, AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      if (error instanceof TokenRequestError) throw error;
      signal.throwIfAborted();
      throw transportError(request.url, deadline.signal.aborted ? this.#options.timeoutMs : undefined, error);
    } finally {
      timer.cancel();
    }
  }

  async #exchange({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const init = {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal,
    } satisfies RequestInit;
    const send = this.#options.fetch ?? fetch;
    const response = await ky(url, {
      ...init,
      // ky hands over a Request of this realm, which a fetch of another (the npm package undici) does not take.
      fetch: () => send(url.href, init),
      timeout: false,
      throwHttpErrors: false,
      retry: {
        limit: 1,
        methods: ['get', 'post'],
        delay: () => 0,
        shouldRetry: ({ error }) => brokenConnectionCodes.has(networkErrorCode(error) ?? ''),
      },
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new TokenRequestError({
        code: TokenManagerErrorCode.redirected,
        status: response.status,
        message:
          `${describe(url)} answered with the redirect ${response.status}, which is not followed, ` +
          'since it would carry the client secret elsewhere. Configure the final URL',
      });
    }
    return { status: response.status, headers: response.headers, text: await readBounded(response, url) };
  }
}

/** Origin and path: a query may hold more than should be shown. */
export function describe(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

async function readBounded(response: Response, url: URL): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream, and with it the connection.
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) {
      throw new TokenRequestError({
        code: TokenManagerErrorCode.invalidResponse,
        status: response.status,
        message:
          `${describe(url)} answered ${response.status} with more than ${maxBodyBytes} bytes. ` +
          'Check that the URL is the right one',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The system's code under the layers of fetch and ky. Nothing else of the error is kept: it carries the request. */
function networkErrorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}

function transportError(url: URL, expiredMs: number | undefined, error: unknown): TokenRequestError {
  if (expiredMs !== undefined) {
    return new TokenRequestError({
      code: TokenManagerErrorCode.timedOut,
      message: `No whole answer from ${describe(url)} within ${expiredMs} ms. Check that the server is reachable, or raise timeoutMs`,
    });
  }
  const code = networkErrorCode(error);
  const detail = code !== undefined && /^\w{1,64}$/.test(code) ? ` (${code})` : '';
  return new TokenRequestError({
    code: TokenManagerErrorCode.unreachable,
    message: `No answer from ${describe(url)}: the connection failed${detail}. Check the URL, DNS, TLS certificates and network policies`,
  });
}
