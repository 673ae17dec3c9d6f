import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopbackHost, systemClock, withDeadline } from '@worker-auth/internal';
import { noTokenInTime } from '../errors/own-errors.ts';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { AtlanAuthClient } from '../facade/atlan-auth-client.ts';
import { sha256 } from './sha256.ts';
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
    replyTo(request, options).then(
      (reply) => {
        send(response, reply);
      },
      () => {
        send(response, { status: 500, body: { message: 'The agent failed.' } });
      },
    );
  });
}

async function replyTo(request: IncomingMessage, options: TokenServerOptions): Promise<Reply> {
  const { method, url = '/', headers } = request;
  // A page in a browser of this host reaches loopback too, by a name of its own (DNS rebinding).
  if (!isKnownHost(headers.host, options.host)) return { status: 421, body: { message: 'Unknown host.' } };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: { message: 'Only GET and HEAD.' }, headers: { allow: 'GET, HEAD' } };
  const { pathname, searchParams } = new URL(url, 'http://agent');
  switch (pathname) {
    case '/livez':
      return { status: 200, body: { status: 'pass', reasons: [] } };
    case '/readyz': {
      const reasons = unreadyReasons(options);
      return reasons.length === 0
        ? { status: 200, body: { status: 'pass', reasons } }
        : { status: 503, body: { status: 'fail', reasons } };
    }
    case '/metrics':
      return {
        status: 200,
        body: options.metrics(),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      };
    case '/token':
      return await replyWithToken(options, headers.authorization, searchParams.get('rejected'));
    default:
      return { status: 404, body: { message: 'There are /token, /livez, /readyz and /metrics.' } };
  }
}

async function replyWithToken(
  { auth, bearer }: TokenServerOptions,
  authorization: string | undefined,
  rejected: string | null,
): Promise<Reply> {
  if (bearer !== undefined && !isSame(authorization ?? '', `Bearer ${bearer}`))
    return {
      status: 401,
      body: { message: "Present the agent's bearer." },
      headers: { 'www-authenticate': 'Bearer' },
    };
  if (rejected !== null && !/^[\da-f]{64}$/i.test(rejected))
    return { status: 400, body: { message: 'rejected must be the SHA-256 of the token, in hex.' } };
  try {
    const token = await tokenBesides(auth, rejected?.toLowerCase());
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: Math.floor((auth.getTimeUntilExpiry() ?? 0) / 1_000),
      },
    };
  } catch (error) {
    if (!(error instanceof TemporalAuthError)) throw error;
    const { code, message, retryInMs = 1_000 } = error;
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(retryInMs / 1_000))) };
    return { status: 503, body: { code, message }, headers };
  }
}

/** The token in memory, but for the one that was rejected: then one refresh for all who say so. */
function tokenBesides(auth: AtlanAuthClient, rejected: string | undefined): string | Promise<string> {
  const current = auth.peek();
  const isRejected = current !== undefined && sha256(current) === rejected;
  if (current !== undefined && !isRejected) return current;
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
