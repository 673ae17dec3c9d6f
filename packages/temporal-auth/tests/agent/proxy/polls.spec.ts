import { status } from '@grpc/grpc-js';
import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { TemporalProxy } from '../../../src/agent/proxy/proxy.ts';
import { authOptions } from '../../support/auth-options.ts';
import { startProxy } from '../../support/proxy-scene.ts';

interface Poll {
  readonly stream: ServerHttp2Stream;
  /** The time that Temporal has for it. */
  readonly timeout: string;
}

/** What a worker hears, and how long after its poll. */
interface Heard {
  readonly status: string;
  readonly bytes: number;
  readonly tookMs: number;
}

let clock: FakeClock;
/** The polls that Temporal got. */
let polls: Poll[];
let address: string;
let proxy: TemporalProxy;

beforeEach(async () => {
  clock = new FakeClock({ wallMs: Date.now() });
  polls = [];
  const temporal = createServer().on('stream', (stream, headers) => {
    polls.push({ stream: stream.on('error', () => undefined), timeout: String(headers['grpc-timeout']) });
  });
  await once(temporal.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void temporal.close());
  const oauth = await MockOAuthServer.start();
  onTestFinished(() => oauth[Symbol.asyncDispose]());
  const { port } = temporal.address() as AddressInfo;
  const place = { host: '127.0.0.1', port, clock, random: () => 0, logger: new RecordingLogger() };
  const bounds = { results: 1, bytes: 1, perQueue: 1 };
  const running = await startProxy({ ...authOptions(oauth), ...place }, { bounds, earlyOkMs: undefined });
  onTestFinished(() => running[Symbol.asyncDispose]());
  ({ address, proxy } = running);
});

/** Polls with so much time. */
function poll(timeout: string): Promise<Heard> {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  const startMs = clock.monotonicNow();
  const session = connect(`http://${address}`).on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue',
    'content-type': 'application/grpc',
    'grpc-timeout': timeout,
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
  stream.end(Buffer.alloc(5));
  return promise;
}

/** Temporal is unavailable for the poll, which is held then. */
async function reject(number: number): Promise<void> {
  const headers = { ':status': 200, 'grpc-status': String(status.UNAVAILABLE) };
  polls[number]?.stream.respond(headers, { endStream: true });
  await expect.poll(() => proxy.figures.heldPolls).toBe(1);
}

it.each([
  ['70S', '69000m'],
  ['4S', '3000m'],
  // Temporal rejects such a poll, and its worker is to hear that.
  ['2S', '2000m'],
])('Temporal has 1 s less for a poll of %s', async (timeout, sent) => {
  void poll(timeout);
  await expect.poll(() => polls.map((one) => one.timeout)).toEqual([sent]);
});

it('Temporal has 3 s at least for a poll that was held; with less it ends, 0.6 of 6 s before its deadline', async () => {
  const heard = poll('6S');
  const timeouts = ['5000m', '3100m', '3000m'];
  await expect.poll(() => polls).toHaveLength(1);
  await clock.advance(1_800);
  for (let number = 0; number < timeouts.length; number++) {
    await expect.poll(() => polls.map(({ timeout }) => timeout)).toEqual(timeouts.slice(0, number + 1));
    await reject(number);
    await clock.advance(100);
  }
  await clock.advance(3_300);
  expect(await heard).toEqual({ status: String(status.OK), bytes: 5, tookMs: 5_400 });
  expect(polls).toHaveLength(timeouts.length);
});

it('a poll that is held ends with an empty response, 4 s before its deadline', async () => {
  void poll('70S');
  await expect.poll(() => polls).toHaveLength(1);
  void proxy.close(100_000);
  const heard = poll('70S');
  await expect.poll(() => proxy.figures.heldPolls).toBe(1);
  await clock.advance(65_999);
  expect(proxy.figures.heldPolls).toBe(1);
  await clock.advance(1);
  expect(await heard).toEqual({ status: String(status.OK), bytes: 5, tookMs: 66_000 });
});
