import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { abortable } from './abortable.ts';
import { systemClock } from './clock.ts';
import { nodeModules } from './node-modules.ts';
import { throwIfAborted } from './options.ts';

/** Statuses whose answer has no body: a `Response` rejects one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** The encodings that {@link decompressed} undoes. */
const compressions: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br']);

/** What of a request {@link nodeFetch} understands. */
export interface NodeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** How long a new connection may take, with TLS, in milliseconds. Default: as long as it takes. */
  readonly connectTimeoutMs?: number;
}

/** Where a request gets its connection from. */
export type NodeConnector = Pick<RequestOptions, 'agent' | 'createConnection'>;

/**
 * A request as `fetch` makes it, over a connection of the caller's choice. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws; an error as `fetch` has it when there is no connection in time
 */
export async function nodeFetch(target: URL, init: NodeRequest, connector: NodeConnector): Promise<Response> {
  const answer = await send(target, init, connector);
  try {
    return await responseOf(answer);
  } catch (error) {
    // Nobody will read it.
    answer.destroy();
    throw error;
  }
}

async function responseOf(answer: IncomingMessage): Promise<Response> {
  const status = answer.statusCode ?? 0;
  // Node reads any three digits; a `Response` has none of these.
  if (status < 200 || status > 599)
    throw Object.assign(new RangeError(`${status} is no HTTP status`), { code: 'HPE_INVALID_STATUS' });
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (bodiless.has(status)) {
    // A body may come all the same, without an end.
    if (answer.complete) answer.resume();
    else answer.destroy();
    return new Response(null, { status, headers });
  }
  const { Readable } = await nodeModules.stream();
  const body = await decompressed(answer);
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, headers });
}

/** A server that gets nothing about encodings may choose one (RFC 9110 section 12.5.3): some gateways always compress. */
async function decompressed(answer: IncomingMessage): Promise<Readable> {
  const encoding = answer.headers['content-encoding']?.toLowerCase() ?? '';
  if (!compressions.has(encoding)) return answer;
  const { pipeline } = await nodeModules.stream();
  const { constants, createBrotliDecompress, createUnzip } = await nodeModules.zlib();
  // As with `fetch`, a body may end too early: an empty one has no compressed form.
  const decoder =
    encoding === 'br'
      ? createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })
      : createUnzip({ finishFlush: constants.Z_SYNC_FLUSH });
  // Whoever reads the body is told of an error.
  return pipeline(answer, decoder, () => undefined);
}

async function send(
  target: URL,
  { body, signal, connectTimeoutMs, ...options }: NodeRequest,
  connector: NodeConnector,
): Promise<IncomingMessage> {
  throwIfAborted(signal);
  const request = await open(target, { ...options, ...connector, ...(signal !== undefined && { signal }) });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays: a connection that breaks later must not end the process; the body tells who reads it.
    request.on('error', reject);
    if (connectTimeoutMs !== undefined) boundConnecting(request, target.protocol, connectTimeoutMs);
    request.end(body);
  });
  // Not every runtime ends a request that nobody answers.
  return abortable(answer, signal);
}

/** A response may take long, a connection may not. */
function boundConnecting(request: ClientRequest, protocol: string, timeoutMs: number): void {
  const message = `No connection within ${timeoutMs} ms`;
  const expire = (): void => {
    request.destroy(Object.assign(new Error(message), { code: 'UND_ERR_CONNECT_TIMEOUT' }));
  };
  const timer = systemClock.startTimer(expire, timeoutMs);
  const end = (): void => {
    timer.cancel();
  };
  request.once('close', end);
  request.once('socket', (socket: Socket & { readonly secureConnecting?: boolean }) => {
    if (!socket.connecting && socket.secureConnecting !== true) end();
    else socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', end);
  });
}

async function open(target: URL, options: RequestOptions): Promise<ClientRequest> {
  const isTls = target.protocol === 'https:';
  const { request } = isTls ? await nodeModules.https() : await nodeModules.http();
  // Without an agent Node does not know it, and names the port in the header Host.
  return request(target, { defaultPort: isTls ? 443 : 80, ...options });
}
