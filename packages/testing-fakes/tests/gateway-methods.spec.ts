import { temporal } from '@temporalio/proto';
import { PassThrough } from 'node:stream';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readFirstMessage, stringField } from '../src/grpc/first-message.ts';
import { methodAccess } from '../src/grpc/methods.ts';

interface RequestType {
  encode(message: object): { finish(): Uint8Array };
}

const services = {
  '/temporal.api.workflowservice.v1.WorkflowService/': temporal.api.workflowservice.v1,
  '/temporal.api.operatorservice.v1.OperatorService/': temporal.api.operatorservice.v1,
};

/** Every request type of the installed SDK's protocol, with its method. */
const requests = Object.entries(services).flatMap(([service, types]) =>
  Object.entries(types)
    .filter(([name]) => name.endsWith('Request'))
    .map(
      ([name, type]) => [service + name.slice(0, -'Request'.length), type as unknown as RequestType] as const,
    ),
);

function frame(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5, flag);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function field(number: number, wireType: number, ...content: number[]): number[] {
  return [(number << 3) | wireType, ...content];
}

describe('methodAccess', () => {
  it('knows every method of the installed protocol', () => {
    const unknown = requests.map(([path]) => path).filter((path) => methodAccess(path) === undefined);
    expect(requests.length).toBeGreaterThan(100);
    expect(unknown).toEqual([]);
  });

  it('says in which field each request has its namespace', () => {
    for (const [path, type] of requests) {
      const access = methodAccess(path);
      if (access?.scope !== 'namespace') continue;
      const body = frame(type.encode({ namespace: 'orders' }).finish());
      expect([path, stringField(body, access.namespaceField, undefined)]).toEqual([path, 'orders']);
    }
  });
});

describe('readFirstMessage', () => {
  it('waits for the last byte of the first message, and takes what came with it', async () => {
    const stream = new PassThrough();
    const reading = readFirstMessage(stream);
    const bytes = Buffer.concat([frame(Uint8Array.of(1, 2, 3)), frame(Uint8Array.of(4))]);
    for (const byte of bytes.subarray(0, 7)) stream.write(Buffer.of(byte));
    stream.write(bytes.subarray(7));
    stream.write('later');
    expect(await reading).toEqual(bytes);
    expect(String(stream.read())).toBe('later');
    expect(['data', 'end', 'close'].map((event) => stream.listenerCount(event))).toEqual([0, 0, 0]);
  });

  it('is content with less when the stream ends or is closed', async () => {
    const ended = new PassThrough();
    ended.end('abc');
    expect(String(await readFirstMessage(ended))).toBe('abc');
    const closed = new PassThrough();
    const reading = readFirstMessage(closed);
    closed.destroy();
    expect(await reading).toHaveLength(0);
  });
});

describe('stringField', () => {
  const message = Uint8Array.from([
    ...field(3, 0, 0x96, 0x01),
    ...field(4, 1, 0, 1, 2, 3, 4, 5, 6, 7),
    ...field(5, 5, 0, 1, 2, 3),
    ...field(6, 2, 2, 0x0a, 0x00),
    ...field(1, 2, 1, 0x61),
    ...field(1, 2, 2, 0x62, 0x63),
    ...field(7, 2, 1, 0x7a),
  ]);

  it('passes over fields of every other kind, and takes the last of several', () => {
    expect(stringField(frame(message), 1, undefined)).toBe('bc');
  });

  it('reads the first message alone', () => {
    const bytes = Buffer.concat([frame(Uint8Array.of()), frame(message)]);
    expect(stringField(bytes, 1, undefined)).toBe('');
  });

  it('reads a field whose number takes two bytes', () => {
    expect(stringField(frame(Uint8Array.of(0x82, 0x01, 1, 0x61)), 16, undefined)).toBe('a');
  });

  it.each([
    ['gzip', gzipSync, 'bc'],
    ['deflate', deflateSync, 'bc'],
    ['snappy', deflateSync, ''],
  ])('of a compressed message with the encoding %s', (encoding, compress, expected) => {
    expect(stringField(frame(compress(message), 1), 1, encoding)).toBe(expected);
  });

  it('reads a text whose length takes two bytes', () => {
    const bytes = Uint8Array.of(...field(1, 2, 0x80, 0x01), ...Array.from({ length: 128 }, () => 0x61));
    expect(stringField(frame(bytes), 1, undefined)).toBe('a'.repeat(128));
  });

  it('is empty for a message with a field of a kind that there is not', () => {
    expect(stringField(frame(Uint8Array.of(...field(2, 3), ...field(1, 2, 1, 0x61))), 1, undefined)).toBe('');
  });

  it('is empty for a message that breaks off', () => {
    expect(stringField(frame(message).subarray(0, 7), 1, undefined)).toBe('');
  });
});
