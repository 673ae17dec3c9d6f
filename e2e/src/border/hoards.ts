/** What a caller may have the proxy hold, or work at. */
import { frameFlags, frameTypes, http2Frame } from '@worker-auth/workspace/http2-frame';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { eventually } from '../fixtures/eventually.ts';
import { callFields, data, dataFrames, field, headers, message } from './frames.ts';
import { RawClient } from './raw-client.ts';
import { ok, type RawCall } from './raw-temporal.ts';
import { pollOf, type Scene, taskTokenOf } from './scene.ts';
import { type BorderCase, unless } from './trial.ts';

const mb = 1_048_576;

/** Ten heartbeats whose 65 KB are 64 MB. */
async function packed(scene: Scene, raw: Buffer): Promise<[]> {
  const body = message(await promisify(gzip)(raw), true);
  const beats = Array.from({ length: 10 }, () =>
    scene.ask('RecordActivityTaskHeartbeat', { headers: [['grpc-encoding', 'gzip']], body }),
  );
  await Promise.all(beats);
  return [];
}

/** One byte of a body in each piece of 64 KB that is read, of 400 MB. */
async function thinly(scene: Scene, filler: Buffer): Promise<[]> {
  const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open(scene.address)));
  for (const client of clients)
    await client.write(headers(client.next(), callFields('DescribeNamespace', [['grpc-timeout', '70S']])));
  for (let count = 0; count < 1_500 && clients.some(({ isOpen }) => isOpen); count++)
    await Promise.all(clients.map((client) => client.write(data(1, Buffer.of(0)), filler)));
  for (const client of clients) client[Symbol.dispose]();
  return [];
}

/** A byte of padding's length, and as much padding as there can be. */
const padding = Buffer.concat(
  Array.from({ length: 245 }, () =>
    data(1, Buffer.concat([Buffer.of(255), Buffer.alloc(255)]), frameFlags.padded),
  ),
);
const unknown = Buffer.concat(
  Array.from({ length: 4 }, () => http2Frame(frameTypes.unknown, 0, 1, Buffer.alloc(16_384))),
);

async function manyScopes(scene: Scene): Promise<readonly string[]> {
  const session = scene.connect();
  for (let first = 0; first < 10_500; first += 250) {
    const some = Array.from({ length: 250 }, (_, index) =>
      scene.ask('DescribeNamespace', { body: message(field(1, `n${first + index}`)) }, session),
    );
    await Promise.all(some);
  }
  session.destroy();
  const { status } = await scene.ask('DescribeNamespace', { body: message(field(1, 'another')) });
  return unless(status === 0, `a worker of another namespace gets ${status}`);
}

/** As much as the proxy holds of all requests, in six that never end. */
async function endless(scene: Scene): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(scene.address)));
  const most = Math.floor((128 * mb) / clients.length);
  await Promise.all(
    clients.map(async (client) => {
      const stream = client.next();
      await client.write(headers(stream, callFields('DescribeNamespace')));
      for (let sent = 0; sent < most && client.isOpen; sent += 65_536)
        await client.write(dataFrames(stream, Buffer.alloc(Math.min(65_536, most - sent))));
    }),
  );
  await sleep(3_000);
  for (const client of clients) client[Symbol.dispose]();
}

/** The last heartbeats of activities that run, each of nearly 1 MB: twice what is kept. */
async function heartbeats(scene: Scene): Promise<void> {
  const session = scene.connect();
  for (let count = 0; count < 64; count++) {
    const token = taskTokenOf(await scene.ask('PollActivityTaskQueue', { body: pollOf('hoard') }, session));
    const details = field(2, Buffer.alloc(mb - 1_000));
    const body = message(Buffer.concat([field(1, token), details, field(4, 'default')]));
    await scene.ask('RecordActivityTaskHeartbeat', { body }, session);
  }
  session.destroy();
}

/** Tasks of nearly 1 MB whose workers leave while they come: twice what is kept. */
async function spareTasks(scene: Scene): Promise<void> {
  const begun: RawCall[] = [];
  scene.temporal.answers.set('spare task', (call) => {
    begun.push(call);
    void call.inject(headers(call.id, ok));
  });
  const session = scene.connect();
  const polls = Array.from({ length: 32 }, () =>
    scene.ask(
      'PollActivityTaskQueue',
      { headers: [['x-answer', 'spare task']], body: pollOf('hoard') },
      session,
    ),
  );
  await eventually('the polls', () => begun.length === polls.length);
  session.destroy();
  await Promise.all(polls);
  const task = message(Buffer.concat([field(1, 'spare'), field(3, Buffer.alloc(mb - 1_000))]));
  const end = frameFlags.endHeaders | frameFlags.endStream;
  for (const { id, inject } of begun)
    await inject(dataFrames(id, task), headers(id, [['grpc-status', '0']], end));
}

/** All that the proxy keeps, to its bounds. */
async function all(scene: Scene): Promise<[]> {
  await heartbeats(scene);
  await spareTasks(scene);
  await endless(scene);
  return [];
}

export const hoards: readonly BorderCase[] = [
  {
    name: 'caller: 64 MB of zeros in a heartbeat',
    attack: (scene) => packed(scene, Buffer.alloc(63 * mb)),
    isQuick: true,
    cpuMs: 3_000,
  },
  {
    name: 'caller: 64 MB of fields in a heartbeat',
    attack: (scene) => packed(scene, Buffer.alloc(63 * mb, Buffer.of(0x10, 1))),
    isQuick: true,
    cpuMs: 3_000,
  },
  {
    name: 'caller: a byte of data in 64 KB of padding',
    attack: (scene) => thinly(scene, padding),
    isQuick: true,
  },
  {
    name: 'caller: a byte of data in 64 KB of unknown frames',
    attack: (scene) => thinly(scene, unknown),
    isQuick: true,
  },
  { name: 'caller: 10,500 namespaces', attack: manyScopes, isQuick: false },
  { name: 'caller: all that is kept, to its bounds', attack: all, isQuick: false, heldMb: 300 },
];
