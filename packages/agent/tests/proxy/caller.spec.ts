import { status } from '@grpc/grpc-js';
import { FakeClock } from '@worker-auth/testing-fakes';
import { http2Frame } from '@worker-auth/workspace/http2-frame';
import { once } from 'node:events';
import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Caller } from '../../src/proxy/caller.ts';
import { Pool } from '../../src/proxy/shares.ts';
import { framed } from '../../src/proxy/wire.ts';
import { openRaw } from '../support/raw-caller.ts';

let memory: Pool;
let clock: FakeClock;
let server: Http2Server;
let url: string;
let calls: Caller[];

beforeEach(async () => {
  clock = new FakeClock();
  memory = new Pool(1_000);
  calls = [];
  server = createServer().on('stream', (stream, headers) =>
    calls.push(new Caller(stream, headers, clock, memory.of(stream.session ?? {}))),
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
  let got = 0;
  caller.stream.on('data', (chunk: Buffer) => (got += chunk.length));
  for (let passed = 0; passed < 60_000; passed += 6_000) {
    const before = got;
    send(1);
    await expect.poll(() => got).toBe(before + 1);
    expect(caller.stream.destroyed).toBe(false);
    await clock.advance(6_000);
  }
  await ended;
  expect(await read).toBe(false);
  caller.release();
  expect(memory.used).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

it('whose worker sends no more of it for ten seconds is told so, and its bytes are free', async () => {
  const { caller, ended, send } = await begin();
  const read = caller.read();
  await clock.advance(9_000);
  send(100);
  await expect.poll(() => memory.used).toBe(100);
  await clock.advance(9_999);
  expect(caller.stream.closed).toBe(false);
  await clock.advance(1);
  expect(caller.stream.sentHeaders['grpc-status']).toBe(String(status.UNAVAILABLE));
  await clock.advance(1_000);
  await ended;
  expect(await read).toBe(false);
  caller.release();
  expect(memory.used).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

it('keeps nothing of what comes with it but its own bytes', async () => {
  const socket = await openRaw(url.replace('http://', ''));
  onTestFinished(() => {
    socket.destroy();
  });
  const padding = http2Frame(0xfa, 0, 0, Buffer.alloc(16_000));
  // POST http /
  socket.write(Buffer.concat([http2Frame(1, 4, 1, Buffer.from('\x83\x84\x86\x41\x01x', 'latin1')), padding]));
  await expect.poll(() => calls).toHaveLength(1);
  const [caller] = calls;
  const read = caller?.read();
  const message = framed(Buffer.from('by bytes'));
  for (const [at, byte] of message.entries()) {
    // One byte, and 255 of padding.
    const data = Buffer.concat([Buffer.of(255, byte), Buffer.alloc(255)]);
    socket.write(
      Buffer.concat([padding, http2Frame(0, at === message.length - 1 ? 9 : 8, 1, data), padding]),
    );
  }
  expect(await read).toBe(true);
  expect(caller?.body).toEqual(message);
  expect(caller?.body.buffer.byteLength).toBe(message.length);
  expect(memory.used).toBe(message.length);
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

it('is rejected while its connection and others hold as many bytes as there may be', async () => {
  const [first, second] = [await begin(), await begin()];
  void first.caller.read();
  first.send(500);
  await expect.poll(() => memory.used).toBe(500);
  const answered = once(second.caller.stream, 'close');
  void second.caller.read();
  second.send(251);
  await expect.poll(() => second.caller.stream.headersSent).toBe(true);
  await clock.advance(1_000);
  await answered;
  expect(second.caller.stream.sentHeaders['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
  second.caller.release();
  first.caller.release();
  expect(memory.used).toBe(0);
});

it('says what is wrong so that clients read it', async () => {
  const { caller } = await begin();
  caller.end(status.UNAVAILABLE, 'Nobody: 100 % é\n\ud800');
  expect(caller.stream.sentHeaders['grpc-message']).toBe('Nobody: 100 %25 %C3%A9%0A%EF%BF%BD');
});
