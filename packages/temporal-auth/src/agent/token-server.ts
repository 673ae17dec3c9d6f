import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopbackHost, systemClock, withDeadline } from '@worker-auth/internal';
import { noTokenInTime } from '../errors/own-errors.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import { pageOf } from '../health/health-handler.ts';
import type { TokenSink } from './token-sink.ts';

/** How long a request waits for a token, in ms. */
const tokenTimeoutMs = 30_000;

/** What {@link tokenServer} answers with. */
export interface TokenServerOptions {
  readonly auth: AtlanAuthClient;
  readonly sink: TokenSink;
  /** In Prometheus' text format. */
  readonly metrics: () => string;
  /** What a caller must present for a token; `undefined` where the permissions of a socket decide. */
  readonly bearer: string | undefined;
  /** The name or address that it listens at, beside those of this host; `undefined` for a socket, whose callers name any. */
  readonly host: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers `/token`, `/livez`, `/readyz` and `/metrics`. It does not listen yet. */
export function tokenServer(options: TokenServerOptions): Server {
  return createServer((request, response) => {
    void replyTo(request, options)
      .catch((): Reply => ({ status: 500, body: { message: 'The agent failed.' } }))
      .then((reply) => {
        send(response, reply);
      });
  });
}

async function replyTo(
  { method, url = '/', headers }: IncomingMessage,
  options: TokenServerOptions,
): Promise<Reply> {
  // A page in a browser of this host reaches loopback too, by a name of its own (DNS rebinding).
  if (!isKnownHost(headers.host, options.host)) return { status: 421, body: { message: 'Unknown host.' } };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: { message: 'Only GET and HEAD.' }, headers: { allow: 'GET, HEAD' } };
  const { pathname, searchParams } = new URL(url, 'http://agent');
  switch (pathname) {
    case '/livez':
      return pageOf([]);
    case '/readyz':
      return pageOf(unreadyReasons(options));
    case '/metrics': {
      const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
      return { status: 200, body: options.metrics(), headers: type };
    }
    case '/token':
      return await replyWithToken(
        options,
        headers.authorization,
        searchParams.get('rejected')?.toLowerCase(),
      );
    default:
      return { status: 404, body: { message: 'There are /token, /livez, /readyz and /metrics.' } };
  }
}

async function replyWithToken(
  { auth, bearer }: TokenServerOptions,
  authorization = '',
  rejected?: string,
): Promise<Reply> {
  if (bearer !== undefined && !isSame(authorization, `Bearer ${bearer}`)) {
    const body = { message: "Present the agent's bearer." };
    return { status: 401, body, headers: { 'www-authenticate': 'Bearer' } };
  }
  if (rejected !== undefined && !/^[\da-f]{64}$/.test(rejected))
    return { status: 400, body: { message: 'rejected must be the SHA-256 of the token, in hex.' } };
  try {
    const token = await tokenBesides(auth, rejected);
    const seconds = Math.floor((auth.getTimeUntilExpiry() ?? 0) / 1_000);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: seconds } };
  } catch (error) {
    if (!(error instanceof TemporalAuthError)) throw error;
    const { code, message, retryInMs = 1_000 } = error;
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(retryInMs / 1_000))) };
    return { status: 503, body: { code, message }, headers };
  }
}

/** The token in memory, but for the one that was rejected: then one refresh for all who say so. */
async function tokenBesides(auth: AtlanAuthClient, rejected: string | undefined): Promise<string> {
  const current = auth.peek();
  if (current !== undefined && sha256(current) !== rejected) return current;
  return withDeadline((signal) => auth.getToken({ rejectedToken: current, signal }), {
    ...{ clock: systemClock, timeoutMs: tokenTimeoutMs, timeoutError: noTokenInTime },
  });
}

function unreadyReasons({ auth, sink }: TokenServerOptions): readonly string[] {
  const { state, lastError } = auth.health();
  return [
    ...(state === 'missing' ? [lastError?.message ?? 'There is no token.'] : []),
    ...(sink.error === undefined ? [] : [sink.error.message]),
  ];
}

function isKnownHost(header: string | undefined, host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d+)?$/i.exec(header ?? '')?.[1]?.replaceAll(/[[\]]/g, '');
  return name !== undefined && (isLoopbackHost(name) || name === host);
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(left)), Buffer.from(sha256(right)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}
