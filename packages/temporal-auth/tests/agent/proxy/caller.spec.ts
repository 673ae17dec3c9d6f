import { status } from '@grpc/grpc-js';
import { FakeClock } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Caller, type Memory } from '../../../src/agent/proxy/caller.ts';

const memory: Memory = { usedBytes: 0, maxBytes: 1_000 };
let clock: FakeClock;
let server: Http2Server;
let url: string;
let calls: Caller[];

beforeEach(async () => {
  clock = new FakeClock();
  calls = [];
  server = createServer().on('stream', (stream, headers) =>
    calls.push(new Caller(stream, headers, clock, memory)),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => void server.close());
});

async function begin(): Promise<{
  readonly caller: Caller;
  readonly ended: Promise<unknown>;
  readonly send: (bytes: number) => void;
}> {
  const session = connect(url).on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  const stream = session.request({ ':method': 'POST', ':path': '/x' }).on('error', () => undefined);
  const before = calls.length;
  await expect.poll(() => calls).toHaveLength(before + 1);
  const caller = calls[before];
  if (caller === undefined) throw new Error('There is one');
  const ended = once(stream, 'close');
  return { caller, ended, send: (bytes) => void stream.write(Buffer.alloc(bytes)) };
}

it('whose worker does not send it all within a minute is ended, and its bytes are free', async () => {
  const { caller, ended, send } = await begin();
  const read = caller.read();
  send(100);
  await expect.poll(() => memory.usedBytes).toBe(100);
  await clock.advance(59_999);
  expect(caller.stream.destroyed).toBe(false);
  await clock.advance(1);
  await ended;
  expect(await read).toBe(false);
  caller.release();
  expect(memory.usedBytes).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

it('whose worker does not read its response within a minute is ended', async () => {
  const { caller } = await begin();
  const body = Buffer.alloc(20_000_000);
  const trailers = { 'grpc-status': '0' };
  caller.relay({
    ...{ status: 0, message: '', headers: { ':status': 200 } as never },
    trailers,
    body,
    ...{ isGrpc: true, isRefused: false },
  });
  await clock.advance(60_000);
  expect(caller.stream.destroyed).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

it('is rejected while others hold as many bytes as there may be', async () => {
  const [first, second] = [await begin(), await begin()];
  void first.caller.read();
  first.send(900);
  await expect.poll(() => memory.usedBytes).toBe(900);
  const answered = once(second.caller.stream, 'close');
  void second.caller.read();
  second.send(200);
  await answered;
  expect(second.caller.stream.sentHeaders['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
  second.caller.release();
  first.caller.release();
  expect(memory.usedBytes).toBe(0);
});

it('says what is wrong so that clients read it', async () => {
  const { caller } = await begin();
  caller.end(status.UNAVAILABLE, 'Nobody: 100 % é\n\ud800');
  expect(caller.stream.sentHeaders['grpc-message']).toBe('Nobody: 100 %25 %C3%A9%0A%EF%BF%BD');
});
