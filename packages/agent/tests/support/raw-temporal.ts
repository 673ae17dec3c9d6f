import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TemporalProxy } from '../../src/proxy/proxy.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { startProxy } from './proxy-scene.ts';

/** A call as Temporal got it. */
export interface RawCall {
  readonly stream: ServerHttp2Stream;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The time that Temporal has for it. */
  readonly timeout: string;
  /** Ends it without a message. */
  answer(status: number): void;
  /** Sends a message but for its last byte, which the function sends. */
  begin(body: Buffer): () => void;
}

/** What a worker hears, and how long after its call. */
export interface Heard {
  readonly status: string;
  readonly bytes: number;
  readonly tookMs: number;
}

/** A call of a worker, on a connection of its own. */
export interface RawRequest {
  readonly stream: ClientHttp2Stream;
  readonly heard: Promise<Heard>;
  /** Its machine is gone. */
  readonly leave: () => void;
}

/** A proxy by a fake clock, before a Temporal that answers nothing by itself. */
export interface RawTemporal {
  readonly clock: FakeClock;
  readonly proxy: TemporalProxy;
  readonly log: RecordingLogger;
  /** `host:port` of the proxy. */
  readonly address: string;
  readonly calls: readonly RawCall[];
  readonly sessions: readonly ServerHttp2Session[];
  request(method: string, timeout?: string, body?: Buffer): RawRequest;
  /** Ends its connections. */
  cut(): void;
  /** Ends connections that come, until it accepts them again. */
  refuse(): void;
  /** Leaves connections that come without an answer, until it accepts them. */
  hang(): void;
  accept(): void;
  /** How many connections it has refused. */
  readonly refused: number;
  /** How many hang. */
  readonly hanging: number;
}

/** Ends with the test. */
export async function openRawTemporal(): Promise<RawTemporal> {
  const clock = new FakeClock({ wallMs: Date.now() });
  const log = new RecordingLogger();
  const calls: RawCall[] = [];
  const sessions: ServerHttp2Session[] = [];
  const temporal = createServer()
    .on('session', (session: ServerHttp2Session) => sessions.push(session.on('error', () => undefined)))
    .on('stream', (stream, headers) => {
      calls.push(
        received(
          stream.on('error', () => undefined),
          headers,
        ),
      );
    });
  const sockets: Socket[] = [];
  let [manner, refused]: ['accepts' | 'refuses' | 'hangs', number] = ['accepts', 0];
  let hanging: Socket[] = [];
  const [answer] = temporal.listeners('connection') as ((socket: Socket) => void)[];
  temporal.removeAllListeners('connection').on('connection', (socket: Socket) => {
    sockets.push(socket.on('error', () => undefined));
    if (manner === 'hangs') hanging.push(socket);
    else if (manner === 'accepts') answer?.call(temporal, socket);
    else {
      refused++;
      socket.destroy();
    }
  });
  await once(temporal.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void temporal.close());
  const oauth = await MockOAuthServer.start();
  onTestFinished(() => oauth[Symbol.asyncDispose]());
  const { port } = temporal.address() as AddressInfo;
  const place = { host: '127.0.0.1', port, clock, random: () => 0, logger: log };
  const bounds = { results: 1, bytes: 1, perQueue: 1 };
  const running = await startProxy({ ...authOptions(oauth), ...place }, { bounds, earlyOkMs: undefined });
  onTestFinished(() => running[Symbol.asyncDispose]());
  const { address, proxy } = running;
  return {
    ...{ clock, proxy, log, address, calls, sessions },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    refuse: () => void (manner = 'refuses'),
    hang: () => void (manner = 'hangs'),
    accept() {
      manner = 'accepts';
      for (const socket of hanging) answer?.call(temporal, socket);
      hanging = [];
    },
    get hanging() {
      return hanging.length;
    },
    get refused() {
      return refused;
    },
    request: (method, timeout, body = Buffer.alloc(5)) => send(address, clock, { method, timeout, body }),
  };
}

function received(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): RawCall {
  const grpc = { ':status': 200, 'content-type': 'application/grpc' };
  return {
    stream,
    headers,
    method: String(headers[':path']).split('/').at(-1) ?? '',
    timeout: String(headers['grpc-timeout']),
    answer(status) {
      stream.resume().respond({ ...grpc, 'grpc-status': String(status) }, { endStream: true });
    },
    begin(body) {
      stream.respond(grpc, { waitForTrailers: true });
      stream.once('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0' });
      });
      stream.write(body.subarray(0, -1));
      return () => void stream.end(body.subarray(-1));
    },
  };
}

function send(
  address: string,
  clock: FakeClock,
  { method, timeout, body }: { method: string; timeout: string | undefined; body: Buffer },
): RawRequest {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  const startMs = clock.monotonicNow();
  const session = connect(`http://${address}`).on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  const stream = session.request({
    ':method': 'POST',
    ':path': `/temporal.api.workflowservice.v1.WorkflowService/${method}`,
    'content-type': 'application/grpc',
    ...(timeout !== undefined && { 'grpc-timeout': timeout }),
  });
  let [code, bytes] = ['', 0];
  const read = (headers: IncomingHttpHeaders): void => void (code = String(headers['grpc-status'] ?? code));
  stream.on('response', read).on('trailers', read);
  stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
  stream
    .on('error', () => undefined)
    .on('close', () => {
      resolve({ status: code, bytes, tookMs: clock.monotonicNow() - startMs });
      session.destroy();
    });
  stream.end(body);
  return { stream, heard: promise, leave: session.destroy.bind(session, undefined, undefined) };
}
