/** HTTP/2 as nobody should speak it: frames that are half right, in any order, for whoever listens (RFC 9113 section 6). */
import { gzipSync } from 'node:zlib';
import { frameFlags, frameTypes, http2Frame, settingsFrame } from '@worker-auth/workspace/http2-frame';
import { headers, message as grpcMessage, pathOf } from './frames.ts';
import type { Random } from '../worlds/random.ts';

const paths = [
  ...[
    'PollActivityTaskQueue',
    'PollWorkflowTaskQueue',
    'RespondActivityTaskCompleted',
    'RespondActivityTaskFailed',
  ],
  ...[
    'RecordActivityTaskHeartbeat',
    'RespondWorkflowTaskCompleted',
    'ShutdownWorker',
    'DescribeNamespace',
    'X',
  ],
].map(pathOf);

const values = ['', '0', '1S', '99999999H', '-1', 'gzip', 'application/grpc', 'x'.repeat(300), '\u0000', 'é'];

const names = [
  'grpc-timeout',
  'grpc-encoding',
  'content-type',
  'temporal-namespace',
  'te',
  'authorization',
  ':path',
  'X',
];

/** Some bytes of a connection: mostly calls, each of which something is wrong with or not. */
export function someFrames(random: Random, side: 'client' | 'server'): Buffer {
  const stream = 2 * Math.floor(random.between(0, 200)) + (random.next() < 0.95 ? 1 : 0);
  const choice = random.next();
  if (choice < 0.5) return bitten(random, side === 'client' ? call(random, stream) : answer(random, stream));
  const length = random.pick([0, 1, 4, 5, 6, 8, 9, 100, 16_384, 16_385]);
  const type = Math.floor(random.between(0, choice < 0.95 ? 11 : 256));
  const flags = random.pick([0, 1, 4, 5, 8, 0x20, 0xff]);
  return bitten(random, http2Frame(type, flags, random.pick([0, stream, 2 ** 31]), bytes(random, length)));
}

/** What a peer says first: its settings, some of them odd. */
export function opening(random: Random): Buffer {
  if (random.next() < 0.7) return settingsFrame();
  const id = Math.floor(random.between(0, 9));
  return settingsFrame([id, random.pick([0, 1, 100, 16_384, 2 ** 24, 2 ** 31, 2 ** 32 - 1])]);
}

function call(random: Random, stream: number): Buffer {
  const fields: [string, string][] = [
    [':method', random.next() < 0.95 ? 'POST' : 'GET'],
    [':scheme', 'http'],
    [':path', random.pick(paths)],
    [':authority', random.next() < 0.9 ? '127.0.0.1:7233' : 'evil.example'],
    ['content-type', 'application/grpc'],
    ['grpc-timeout', random.pick(['1S', '5S', '100m', '70S'])],
  ];
  if (random.next() < 0.3) fields.push([random.pick(names), random.pick(values)]);
  const parts = [headerFrames(random, stream, fields)];
  if (random.next() < 0.9)
    parts.push(http2Frame(frameTypes.data, random.next() < 0.8 ? 1 : 0, stream, message(random)));
  if (random.next() < 0.2) parts.push(http2Frame(frameTypes.reset, 0, stream, Buffer.from([0, 0, 0, 8])));
  return Buffer.concat(parts);
}

function answer(random: Random, stream: number): Buffer {
  const status: [string, string] = [':status', random.pick(['200', '200', '200', '100', '503', 'x'])];
  const trailers: [string, string][] = [
    ['grpc-status', random.pick(['0', '0', '7', '14', '16', '99', '-1', 'x'])],
  ];
  return Buffer.concat([
    headerFrames(random, stream, [status, ['content-type', 'application/grpc']]),
    http2Frame(frameTypes.data, 0, stream, message(random)),
    ...(random.next() < 0.8 ? [headerFrames(random, stream, trailers, 1)] : []),
  ]);
}

function headerFrames(
  random: Random,
  stream: number,
  fields: readonly [string, string][],
  flags = 0,
): Buffer {
  // Now and then without its end, which CONTINUATION would bring.
  return headers(stream, fields, flags | (random.next() < 0.95 ? frameFlags.endHeaders : 0));
}

/** A message of gRPC, or nearly. */
function message(random: Random): Buffer {
  const raw = bytes(random, Math.floor(random.between(0, 2_000)));
  const isZipped = random.next() < 0.3;
  return grpcMessage(isZipped && random.next() < 0.8 ? gzipSync(raw) : raw, isZipped);
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random.between(0, 256))));
}

/** Now and then with a byte changed, or cut off. */
function bitten(random: Random, whole: Buffer): Buffer {
  if (random.next() < 0.85 || whole.length === 0) return whole;
  const at = Math.floor(random.between(0, whole.length));
  if (random.next() < 0.3) return whole.subarray(0, at);
  whole[at] = Math.floor(random.between(0, 256));
  return whole;
}
