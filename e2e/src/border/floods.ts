/** Floods of HTTP/2 that are known by name, each from a client that comes again when it is cut off. */
import {
  frameFlags,
  frameTypes,
  headerBlock,
  headerText,
  http2Frame,
  preface,
  settingsFrame,
} from '@worker-auth/workspace/http2-frame';
import { setTimeout as sleep } from 'node:timers/promises';
import { callFields, data, headers, reset } from './frames.ts';
import { RawClient } from './raw-client.ts';
import type { Scene } from './scene.ts';
import type { BorderCase } from './trial.ts';

/** How long each lasts, in ms. */
const floodMs = 2_000;

/** So many frames in one write. */
const batch = 200;

interface Flood {
  /** Settings that it begins with. */
  readonly said?: readonly (readonly [number, number])[];
  /** Whether it reads what comes. Default true. */
  readonly isDeaf?: boolean;
  /** Said once on each connection. */
  readonly begin?: (client: RawClient) => Promise<unknown>;
  /** Said again and again. */
  readonly frames: (client: RawClient) => Buffer;
}

/** Default of what a connection may send before more is allowed, in bytes; more would be an error of another kind. */
const windowBytes = 65_535;

const describe = callFields('DescribeNamespace', [['grpc-timeout', '5S']]);

async function pour(scene: Scene, { said = [], isDeaf = false, begin, frames }: Flood): Promise<[]> {
  const until = performance.now() + floodMs;
  while (performance.now() < until) {
    using client = await RawClient.open(scene.address, said);
    if (isDeaf) client.mute();
    await begin?.(client);
    while (client.isOpen && performance.now() < until) {
      await client.write(...Array.from({ length: batch }, () => frames(client)));
      await sleep(1);
    }
    await sleep(20);
  }
  return [];
}

/** A header of 4 KB that goes into the table, and fields that repeat it by a byte each (RFC 7541 section 6.1). */
function bomb(stream: number): Buffer {
  const large = Buffer.concat([Buffer.of(0x40), headerText('x-bomb'), headerText('x'.repeat(3_900))]);
  const whole = Buffer.concat([headerBlock(describe), large, Buffer.alloc(8_000, 0x80 | 62)]);
  return http2Frame(frameTypes.headers, frameFlags.endHeaders | frameFlags.endStream, stream, whole);
}

/** Asks for so many answers of a megabyte, and reads none of them. */
async function readNothing(scene: Scene): Promise<[]> {
  scene.temporal.answers.set('large', ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    const body = Buffer.alloc(1_048_576);
    body.writeUInt32BE(body.length - 5, 1);
    stream.end(body);
  });
  using client = await RawClient.open(scene.address, [[4, 0]]);
  const large = callFields('DescribeNamespace', [
    ['x-answer', 'large'],
    ['grpc-timeout', '60S'],
  ]);
  for (let count = 0; count < 200 && client.isOpen; count++) {
    const stream = client.next();
    await client.write(headers(stream, large), data(stream, Buffer.alloc(5), frameFlags.endStream));
    await sleep(10);
  }
  await sleep(1_000);
  return [];
}

/** Connections that say nothing, and some that begin with a byte now and then. An honest worker must still come in. */
async function idle(scene: Scene): Promise<readonly string[]> {
  const clients = await Promise.all(Array.from({ length: 1_200 }, () => RawClient.connect(scene.address)));
  for (let at = 0; at < 20; at++) {
    for (const client of clients.slice(0, 100)) await client.write(preface.subarray(at, at + 1));
    await sleep(100);
  }
  const session = scene.connect();
  const { status } = await scene.ask('DescribeNamespace', { timeoutMs: 2_000 }, session);
  session.destroy();
  for (const client of clients) client[Symbol.dispose]();
  return status === 0 ? [] : ['another worker is not let in'];
}

/** Bodies of many calls, a byte at a time. */
async function dribble(scene: Scene): Promise<[]> {
  using client = await RawClient.open(scene.address);
  const streams = Array.from({ length: 1_000 }, () => client.next());
  for (const stream of streams)
    await client.write(headers(stream, describe), data(stream, Buffer.of(0, 0, 16, 0, 0)));
  const until = performance.now() + floodMs;
  while (performance.now() < until && client.isOpen) {
    await client.write(...streams.map((stream) => data(stream, Buffer.of(0))));
    await sleep(50);
  }
  return [];
}

const poured: Readonly<Record<string, Flood>> = {
  'rapid reset': {
    frames: (client) => {
      const stream = client.next();
      return Buffer.concat([
        headers(stream, describe, frameFlags.endHeaders | frameFlags.endStream),
        reset(stream, 8),
      ]);
    },
  },
  'reset after headers': {
    frames: (client) => {
      const stream = client.next();
      return Buffer.concat([
        headers(stream, describe),
        data(stream, Buffer.alloc(5), frameFlags.endStream),
        reset(stream, 0),
      ]);
    },
  },
  'endless CONTINUATION': {
    begin: (client) => client.write(headers(client.next(), describe, 0)),
    frames: () => http2Frame(frameTypes.continuation, 0, 1, headerBlock([['x-more', 'x'.repeat(100)]])),
  },
  settings: {
    isDeaf: true,
    frames: () => settingsFrame([4, windowBytes]),
  },
  pings: { isDeaf: true, frames: () => http2Frame(frameTypes.ping, 0, 0, Buffer.alloc(8)) },
  'empty frames': {
    begin: (client) => client.write(headers(client.next(), describe)),
    frames: () => data(1, Buffer.alloc(0)),
  },
  priorities: { frames: () => http2Frame(frameTypes.priority, 0, 1, Buffer.from([0, 0, 0, 3, 16])) },
  'header bombs by the table': { frames: (client) => bomb(client.next()) },
};

export const floods: readonly BorderCase[] = [
  ...Object.entries(poured).map(([name, flood]) => ({
    name: `flood: ${name}`,
    attack: (scene: Scene) => pour(scene, flood),
    isQuick: true,
  })),
  { name: 'flood: large answers and no window', attack: readNothing, isQuick: true, heldMb: 400 },
  { name: 'flood: connections that say nothing', attack: idle, isQuick: true },
  { name: 'flood: a byte at a time', attack: dribble, isQuick: true },
];
