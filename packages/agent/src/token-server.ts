import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { isLoopbackHost, systemClock, withDeadline } from '@worker-auth/internal';
import { type GetTokenOptions, TokenManagerErrorCode, type TokenSink } from '@worker-auth/token-manager';
import { noTokenInTime } from '@worker-auth/calls/errors/own-errors';
import { TemporalAuthError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import {
  type AuthHealth,
  type ClientHealth,
  pageOf,
  saidOfToken,
} from '@worker-auth/calls/tokens/client-health';
import { bareHost, hostAndPort } from '@worker-auth/calls/settings/host';

export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface TokenServerOptions {
  readonly tokens: ApplicationTokens;
  readonly health: () => AuthHealth & Pick<ClientHealth, 'conditions'>;
  /** `undefined` without a file. */
  readonly sink: TokenSink | undefined;
  /** Why the proxy is not ready; none without one. */
  readonly troubles?: () => readonly string[];
  /** In Prometheus' text format. */
  readonly metrics: () => string;
  /** What a caller must present for a token; `undefined` where the permissions of a socket decide. */
  readonly bearer: string | undefined;
  /** The name or address that it listens at, beside those of this host; `undefined` where callers name any: at a socket, and from elsewhere. */
  readonly host: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reads `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070` or `unix:/run/worker-auth.sock`; `undefined` for anything else. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { socket };
  const [, host, port] = /^(\[[\da-f:.]+\]|[^:[\]/\s]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: bareHost(host), port: Number(port) };
}

/** Whether nobody but this machine reaches the address. */
export function isLocal(address: ListenAddress): boolean {
  return 'socket' in address || isLoopbackHost(address.host);
}

/** What callers name beside this host's own names; `undefined`: anything. A page in a browser of this host reaches loopback by any name (DNS rebinding). */
export function namedHost(address: ListenAddress): string | undefined {
  return 'host' in address && isLocal(address) ? address.host : undefined;
}

/** Whether a `host` or `:authority` names this host, or what it listens at. */
export function isKnownHost(header = '', host: string | undefined): boolean {
  if (host === undefined) return true;
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d+)?$/i.exec(header) ?? [];
  return isLoopbackHost(bareHost(name)) || bareHost(name) === host;
}

/** Whether a caller's `authorization` presents the secret: compared in constant time. Its scheme is in any case (RFC 7235 section 2.1). */
export function bearerCheck(bearer: string): (authorization: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(bearer);
  return (authorization = '') => {
    const [, presented = ''] = /^Bearer +(.+)$/i.exec(authorization) ?? [];
    return timingSafeEqual(digest(presented), expected);
  };
}

/** Answers `/token`, `/livez`, `/readyz` and `/metrics`. It does not listen yet. */
export function tokenServer(options: TokenServerOptions): Server {
  return createServer((request, response) => {
    void replyTo(request, options)
      .catch((): Reply => ({ status: 500, body: { message: 'The agent failed.' } }))
      .then(({ status, body, headers }) => {
        const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
        response.writeHead(status, {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          'content-length': Buffer.byteLength(text),
          'x-content-type-options': 'nosniff',
          ...headers,
        });
        response.end(text);
      });
  });
}

/** A socket is for this user alone (0600), or for a group too (0660). Returns the address, with the port that was had. */
export async function listen(
  server: NetServer,
  address: ListenAddress,
  groupId: number | undefined,
): Promise<string> {
  if (!('socket' in address)) {
    await once(server.listen(address.port, address.host), 'listening');
    return `http://${hostAndPort(address.host, (server.address() as AddressInfo).port)}`;
  }
  const { socket } = address;
  const attempt = connect(socket);
  const answered = await once(attempt, 'connect').catch(
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  attempt.destroy();
  const found = await stat(socket).catch(() => undefined);
  // An agent that was killed leaves its socket behind. Any other file is somebody's.
  if (answered === 'ECONNREFUSED' && found?.isSocket() === true) await rm(socket, { force: true });
  const mask = process.umask(0o177);
  try {
    await once(server.listen(socket), 'listening');
  } finally {
    process.umask(mask);
  }
  if (groupId !== undefined) {
    await chown(socket, -1, groupId);
    await chmod(socket, 0o660);
  }
  return `unix:${socket}`;
}

async function replyTo(
  { method, url = '/', headers }: IncomingMessage,
  options: TokenServerOptions,
): Promise<Reply> {
  if (!isKnownHost(headers.host, options.host)) return { status: 421, body: { message: 'Unknown host.' } };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: { message: 'Only GET and HEAD.' }, headers: { allow: 'GET, HEAD' } };
  const { pathname, searchParams } = new URL(`http://agent${url}`);
  switch (pathname) {
    case '/livez':
      return pageOf([]);
    case '/readyz': {
      const { sink, troubles } = options;
      const health = options.health();
      const { conditions } = health;
      const reasons = [sink?.error?.message].filter((reason) => reason !== undefined);
      const failures = [...saidOfToken(health, conditions), ...reasons, ...(troubles?.() ?? [])];
      return pageOf(failures, { conditions: conditions.map(({ code }) => code) });
    }
    case '/metrics': {
      const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
      return { status: 200, body: options.metrics(), headers: type };
    }
    case '/token':
      return replyWithToken(options, headers.authorization, searchParams);
    default:
      return { status: 404, body: { message: 'There are /token, /livez, /readyz and /metrics.' } };
  }
}

async function replyWithToken(
  { tokens, bearer }: TokenServerOptions,
  authorization: string | undefined,
  asked: URLSearchParams,
): Promise<Reply> {
  if (bearer !== undefined && !bearerCheck(bearer)(authorization)) {
    const body = { message: "Present the agent's bearer." };
    return { status: 401, body, headers: { 'www-authenticate': 'Bearer' } };
  }
  const rejected = asked.get('rejected')?.toLowerCase();
  if (rejected !== undefined && !/^[\da-f]{64}$/.test(rejected))
    return { status: 400, body: { message: 'rejected must be the SHA-256 of the token, in hex.' } };
  const rejectedAs = asked.get('rejectedAs') ?? undefined;
  if (rejectedAs !== undefined && rejectedAs !== 'revoked' && rejectedAs !== 'denied')
    return { status: 400, body: { message: 'rejectedAs must be revoked or denied.' } };
  try {
    const token = await tokenBesides(tokens, rejected, rejectedAs);
    const seconds = Math.floor((tokens.remainingMs ?? 0) / 1_000);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: seconds } };
  } catch (error) {
    if (!(error instanceof TemporalAuthError)) throw error;
    const { code, message, retryInMs = 1_000 } = error;
    const headers = { 'retry-after': String(Math.max(1, Math.ceil(retryInMs / 1_000))) };
    return { status: code === TokenManagerErrorCode.limited ? 429 : 503, body: { code, message }, headers };
  }
}

/** The token in memory, but for the one that was rejected: then one refresh for all who say so. */
async function tokenBesides(
  tokens: ApplicationTokens,
  rejected: string | undefined,
  rejectedAs: GetTokenOptions['rejectedAs'],
): Promise<string> {
  const current = tokens.peek();
  if (current !== undefined && sha256(current) !== rejected) return current;
  const deadline = { clock: systemClock, timeoutMs: 30_000, timeoutError: noTokenInTime };
  return withDeadline((signal) => tokens.getToken({ rejectedToken: current, rejectedAs, signal }), deadline);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
