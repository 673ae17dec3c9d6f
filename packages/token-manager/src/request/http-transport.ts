import { parseJson, withDeadline } from '@worker-auth/internal';
import { hostFetch, networkErrorCode, readBounded } from '@worker-auth/internal/network';
import type { Clock } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';

/** A token response is a few kilobytes, and a document with every scope of a server a hundred; more is somebody else's response. */
const maxBodyBytes = 256 * 1024;

/** A request as the transport sends it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A response, whatever its status. */
export interface HttpResponse {
  /** Origin and path of the URL. */
  readonly from: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body, up to 256 KiB of it. */
  readonly text: string;
  /** The same as JSON; `undefined` when it is none. */
  readonly body: unknown;
  /** Whether the body was longer. Status and headers of a rejection decide all the same. */
  readonly isCut: boolean;
}

/**
 * Sends a request as `fetch` does. For a private CA, a client certificate (mTLS, RFC 8705) or a proxy: give one that
 * uses your agent, for example undici's `fetch` with a `dispatcher`.
 */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Ascending. */
export type ResponseSteps = readonly [firstMs: number, secondMs: number, longestMs: number];

/** Settings of {@link HttpTransport}. */
export interface HttpTransportOptions {
  /** Default the host's, which never goes through a proxy to this host itself. */
  readonly fetch: FetchLike | undefined;
  /**
   * How long the whole response is waited for at first, and after time-outs in a row, in milliseconds; holds for a `fetch` that ignores its signal
   * too. No connection is waited for longer than the first.
   */
  readonly stepsMs: ResponseSteps;
  readonly clock: Clock;
}

/** A response is waited for so many times as long as the one before took. */
const slack = 1.5;

/**
 * Requests to an authorization server: no redirects, at most 256 KiB of a body, one deadline, which grows with each time-out in a row until there
 * is a success. Each has a connection of its own: a kept one may have been closed, or lead to a host that no longer has the name. Nothing is
 * repeated here: what failed is for the backoff to act upon.
 */
export class HttpTransport {
  readonly #options: HttpTransportOptions;
  /** The deadline of the next request. */
  #timeoutMs: number;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    [this.#timeoutMs] = options.stepsMs;
  }

  /**
   * @param signal ends the request
   * @throws TokenRequestError, or the signal's reason
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { clock, stepsMs } = this.#options;
    const timeoutMs = this.#timeoutMs;
    const timeoutError = (): TokenRequestError => {
      this.#timeoutMs = stepsMs.find((stepMs) => stepMs > timeoutMs) ?? timeoutMs;
      return timedOut(request.url, timeoutMs);
    };
    return withDeadline((ends) => this.#exchange(request, ends), { clock, timeoutMs, signal, timeoutError });
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { url } = request;
    const sentMs = this.#options.clock.monotonicNow();
    try {
      const response = await (request.method === 'GET'
        ? this.#get(request, signal)
        : this.#fetch(request, signal));
      const { status, headers } = response;
      if (status >= 300 && status < 400) {
        abandon(response);
        throw redirected(url, status);
      }
      const { text, isCut } = await readBounded(response, maxBodyBytes, signal);
      // What came too late, to a fetch that ignores its signal, says nothing of the next request.
      signal.throwIfAborted();
      if (status < 300) this.#succeeded(this.#options.clock.monotonicNow() - sentMs);
      return { from: describe(url), status, headers, text, body: parseJson(text), isCut };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof TokenRequestError ? error : unreachable(url, error);
    }
  }

  #succeeded(tookMs: number): void {
    const [firstMs, , longestMs] = this.#options.stepsMs;
    this.#timeoutMs = Math.min(Math.max(firstMs, Math.ceil(tookMs * slack)), longestMs);
  }

  /** Loaded for the first document: a token request does without ky, which would cost a third of it. */
  async #get(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { default: ky } = await import('ky');
    return ky(request.url, {
      fetch: () => this.#fetch(request, signal),
      timeout: false,
      throwHttpErrors: false,
      retry: 0,
    });
  }

  async #fetch({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { fetch, stepsMs } = this.#options;
    const init = {
      method,
      headers: { accept: 'application/json', connection: 'close', ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal,
    } as const;
    if (fetch === undefined) return hostFetch(url, { ...init, connectTimeoutMs: stepsMs[0] });
    return checkResponse(url, await fetch(url.href, init));
  }
}

/** Origin and path: a query may hold more than should be shown. */
export function describe(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** A `fetch` of the caller's may give anything. */
function checkResponse(url: URL, response: Response | undefined): Response {
  const { status, headers, bodyUsed } = response ?? {};
  const isUsable = typeof status === 'number' && typeof headers?.get === 'function' && bodyUsed === false;
  if (response !== undefined && isUsable) return response;
  throw new TokenRequestError(
    `The fetch that was given answered ${describe(url)} with no Response whose body can be read. Check the option fetch`,
    { code: TokenManagerErrorCode.invalidResponse },
  );
}

/** Lets go of the connection behind a response that nobody reads. */
function abandon(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

function redirected(url: URL, status: number): TokenRequestError {
  return new TokenRequestError(
    `${describe(url)} answered with the redirect ${status}, which is not followed, ` +
      'since it would carry the client secret elsewhere. Configure the final URL',
    { code: TokenManagerErrorCode.redirected, status },
  );
}

function timedOut(url: URL, timeoutMs: number): TokenRequestError {
  return new TokenRequestError(
    `No whole response from ${describe(url)} within ${timeoutMs} ms. Check that the server is reachable, or raise timeoutMs`,
    { code: TokenManagerErrorCode.timedOut },
  );
}

/** The server takes no HTTP/1.1 over TLS, or what it sent is none, such as the frames of HTTP/2. */
const otherProtocol = /(?:^|_)NO_APPLICATION_PROTOCOL$|^HPE_INVALID_(?:CONSTANT|VERSION)$/;

/** What to do about a server that speaks HTTP/2 alone. */
export const http1Advice =
  'Check host and port, and have the server, or the proxy before it, accept HTTP/1.1. Or give a fetch that speaks HTTP/2, such as that of undici with new Agent({ allowH2: true })';

/** Of what the transport threw, only the system's code is shown: it carries the request. */
function unreachable(url: URL, error: unknown): TokenRequestError {
  const code = networkErrorCode(error);
  if (code !== undefined && otherProtocol.test(code)) {
    return new TokenRequestError(
      `${describe(url)} does not speak HTTP/1.1 (${code}), as requests are sent. ${http1Advice}`,
      { code: TokenManagerErrorCode.rejected, networkCode: code },
    );
  }
  const isOfProxy = code?.startsWith('PROXY_') === true;
  const failed = isOfProxy ? 'the proxy opened no tunnel' : 'the connection failed';
  const whatToDo = isOfProxy
    ? "Check the proxy's address, the login for it, and whether it lets this host and port through"
    : 'Check the URL, DNS, TLS certificates and network policies';
  return new TokenRequestError(
    `No response from ${describe(url)}: ${failed}${code === undefined ? '' : ` (${code})`}. ${whatToDo}`,
    { code: TokenManagerErrorCode.unreachable, networkCode: code },
  );
}
