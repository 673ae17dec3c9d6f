import { expect, it } from 'vitest';
import { RequestBody } from '../../src/proxy/request-body.ts';
import { Pool } from '../../src/proxy/shares.ts';
import { framed, maxMessageBytes } from '../../src/proxy/wire.ts';

it('leaves something for a new connection, however much each of the others takes', () => {
  const pool = new Pool(1_000);
  const taken = Array.from({ length: 4 }, () => {
    const share = pool.of({});
    let bytes = 0;
    while (share.take(1)) bytes++;
    return bytes;
  });
  expect(taken).toEqual([500, 250, 125, 62]);
  expect(pool.used).toBe(937);
});

it('has one share for a connection, which gets back what is free', () => {
  const pool = new Pool(100);
  const connection = {};
  expect(pool.of(connection).take(50)).toBe(true);
  expect(pool.of(connection).take(1)).toBe(false);
  pool.of(connection).give(50);
  expect(pool.used).toBe(0);
  expect(pool.of(connection).take(50)).toBe(true);
});

it('keeps of a request its own bytes alone, in a size that is counted', () => {
  const body = new RequestBody();
  let taken = 0;
  const take = (bytes: number): boolean => {
    taken += bytes;
    return true;
  };
  const message = framed(Buffer.from('a request that comes byte by byte'));
  const chunk = Buffer.alloc(65_536);
  for (const byte of message) {
    chunk[9] = byte;
    expect(body.add(chunk.subarray(9, 10), take)).toBe(true);
  }
  expect(body.bytes).toEqual(message);
  expect([taken, body.bytes.buffer.byteLength]).toEqual([message.length, message.length]);
  expect(body.add(chunk, () => false)).toBe(false);
  expect(body.bytes).toEqual(message);
});

it('has no room for more than a message may have', () => {
  const body = new RequestBody();
  const half = Buffer.alloc(maxMessageBytes / 2);
  expect([half, half, Buffer.of(1)].map((chunk) => body.add(chunk, () => true))).toEqual([true, true, false]);
  expect(body.bytes.buffer.byteLength).toBe(maxMessageBytes);
});
