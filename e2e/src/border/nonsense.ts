import { preface } from '@worker-auth/workspace/http2-frame';
/** Frames and messages that are nonsense, by seeds: from callers beside honest ones, and in Temporal's place. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { opening, someFrames } from './fuzz.ts';
import { Random } from '../worlds/random.ts';

import type { Scene } from './scene.ts';
import { answerMs, type BorderCase, unless } from './trial.ts';

/** Connections at a time. */
const atOnce = 8;

/** How long Temporal's place speaks nonsense before it is honest again, in ms. */
const phaseMs = 4_000;

/** Writes it until the peer has enough, or for a while. */
async function speak(socket: Socket, random: Random, side: 'client' | 'server'): Promise<void> {
  socket.on('error', () => undefined).resume();
  socket.write(Buffer.concat([...(side === 'client' ? [preface] : []), opening(random)]));
  for (let count = random.between(1, 200); count > 0 && socket.writable; count--) {
    socket.write(someFrames(random, side));
    if (random.next() < 0.2) await sleep(random.between(0, 5));
  }
  await sleep(random.between(0, 20));
  socket.destroy();
}

async function ofCallers(scene: Scene, seconds: number, firstSeed: number): Promise<readonly string[]> {
  const until = performance.now() + seconds * 1_000;
  const [host, port] = scene.address.split(':');
  let seed = firstSeed;
  const some = Array.from({ length: atOnce }, async () => {
    while (performance.now() < until && scene.isAlive) {
      const random = new Random(seed++);
      const socket = connect(Number(port), host).on('error', () => undefined);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      await speak(socket, random, 'client');
    }
  });
  await Promise.all(some);
  console.log(`${seed - firstSeed} connections of callers, seeds ${firstSeed} to ${seed}`);
  const withoutToken = scene.temporal.seen.filter(({ authorization }) => authorization === undefined);
  return [
    ...unless(seed > firstSeed + atOnce, 'few connections were made'),
    ...unless(withoutToken.length === 0, `${withoutToken.length} calls came to Temporal without a token`),
  ];
}

async function ofTemporal(scene: Scene, seconds: number, firstSeed: number): Promise<readonly string[]> {
  const { temporal } = scene;
  const until = performance.now() + seconds * 1_000;
  const wrong: string[] = [];
  let [seed, calls] = [firstSeed, 0];
  while (performance.now() < until && scene.isAlive) {
    temporal.nonsense = (socket) => void speak(socket, new Random(seed++), 'server');
    temporal.cut();
    const phaseEnd = performance.now() + phaseMs;
    while (performance.now() < phaseEnd) {
      const some = ['DescribeNamespace', 'PollActivityTaskQueue', 'RespondActivityTaskCompleted'].flatMap(
        (method) => Array.from({ length: 5 }, () => scene.ask(method, { timeoutMs: 1_000 })),
      );
      calls += (await Promise.all(some)).length;
    }
    temporal.nonsense = undefined;
    temporal.cut();
    const from = seed;
    const { status, ms } = await scene.ask('DescribeNamespace');
    wrong.push(
      ...unless(status === 0 && ms < answerMs, `at seed ${from} got ${status} in ${Math.round(ms)} ms`),
    );
  }
  console.log(`${calls} calls, connections of Temporal with seeds ${firstSeed} to ${seed}`);
  return [...wrong, ...unless(seed > firstSeed, 'no connection was made')];
}

/** For so long each, from a seed on. */
export function nonsense(seconds: number, seed: number): readonly BorderCase[] {
  return [
    { name: 'nonsense of callers', attack: (scene) => ofCallers(scene, seconds, seed), isQuick: true },
    {
      name: 'nonsense of Temporal',
      attack: (scene) => ofTemporal(scene, seconds, seed),
      isQuick: true,
      isAlone: true,
    },
  ];
}
