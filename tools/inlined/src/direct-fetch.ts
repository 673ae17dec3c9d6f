import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { abortable } from './abortable.ts';
import { isLoopbackHost } from './loopback.ts';

/** Statuses whose answer has no body: a `Response` refuses one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** What of a request {@link directFetch} understands. */
export interface DirectRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

let httpAgent: Agent | undefined;
let httpsAgent: Agent | undefined;

/**
 * `fetch` for hosts of which {@link isLoopbackHost} is true, and the host's own `fetch` for all others. With `NODE_USE_ENV_PROXY` Node
 * sends what is meant for this machine to the proxy too, unless `NO_PROXY` names it: through a tunnel, but in plain text,
 * so that the proxy reads the secret, and to the proxy's own loopback. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws
 */
export async function directFetch(url: string, init: DirectRequest): Promise<Response> {
  const target = new URL(url);
  if (!isLoopbackHost(target.hostname)) return fetch(target, { ...init, redirect: 'manual' });
  const answer = await send(target, init);
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const status = answer.statusCode ?? 0;
  if (bodiless.has(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  // Loaded when needed, like the clients below.
  const { Readable } = await import('node:stream');
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers });
}

async function send(target: URL, { body, signal, ...options }: DirectRequest): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const request = await open(target, signal === undefined ? options : { ...options, signal });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays: a connection that breaks later must not end the process; the body tells who reads it.
    request.on('error', reject);
    request.end(body);
  });
  // Not every runtime ends a request that nobody answers.
  return abortable(answer, signal);
}

/** Loaded when needed; an agent of our own, since Node gives the settings of the proxy to its global one. */
async function open(target: URL, options: RequestOptions): Promise<ClientRequest> {
  if (target.protocol === 'https:') {
    const https = await import('node:https');
    httpsAgent ??= new https.Agent({ keepAlive: true });
    return https.request(target, { ...options, agent: httpsAgent });
  }
  const http = await import('node:http');
  httpAgent ??= new http.Agent({ keepAlive: true });
  return http.request(target, { ...options, agent: httpAgent });
}
