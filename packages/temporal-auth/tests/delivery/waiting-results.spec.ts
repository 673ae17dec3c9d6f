import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { type Answer, ReportScene } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED', 'Request unauthorized.');
const fails = (): never => {
  throw ApplicationFailure.create({ message: 'no rows' });
};

it('a result that waits for another says why it does', async () => {
  const scene = new ReportScene({ info: { heartbeatTimeoutMs: 60_000 } });
  scene.answers = [rejected];
  const running = [rejection(scene.run(() => 1))];
  await scene.clock.advance(0);
  running.push(rejection(scene.run(() => 2)));
  await scene.clock.advance(0);
  expect(scene.methods.filter((method) => method === 'completed')).toHaveLength(1);
  expect(scene.events.of('resultPending').map(({ reason }) => reason)).toEqual(
    Array.from({ length: 2 }, () => 'Request unauthorized.'),
  );
  await scene.clock.advance(1_000);
  await Promise.all(running);
  expect(scene.events.of('resultDelivered')).toHaveLength(2);
});

it('all go within a second of the one that is accepted first', async () => {
  const scene = new ReportScene();
  scene.answers = Array.from({ length: 100 }, () => rejected);
  const running = Array.from({ length: 100 }, (_, value) => rejection(scene.run(() => value)));
  await scene.clock.advance(1_500);
  await Promise.all(running);
  expect(scene.calls).toHaveLength(200);
});

it('two go beside each other after that one, and the next two by each that is accepted', async () => {
  const scene = new ReportScene();
  const first = Promise.withResolvers<object>();
  scene.answers = [...Array.from({ length: 9 }, () => rejected), 'accepted', first.promise, 'hangs', 'hangs'];
  for (let value = 0; value < 9; value++) void rejection(scene.run(() => value));
  await scene.clock.advance(1_000);
  expect(scene.calls).toHaveLength(9 + 3);
  scene.answers = Array.from({ length: 9 }, () => 'hangs');
  first.resolve({});
  await scene.clock.advance(0);
  expect(scene.calls).toHaveLength(9 + 5);
});

it('one that fails while others are accepted waits alone', async () => {
  const scene = new ReportScene();
  const first = Promise.withResolvers<object>();
  scene.answers = [first.promise];
  const running = [rejection(scene.run(() => 1))];
  await scene.clock.advance(1);
  running.push(rejection(scene.run(() => 2)));
  await scene.clock.advance(0);
  first.reject(grpcError('UNAVAILABLE'));
  await scene.clock.advance(249);
  expect(scene.calls).toHaveLength(2);
  await scene.clock.advance(251);
  await Promise.all(running);
  expect(scene.calls).toHaveLength(3);
});

it('one that is abandoned during its call makes way for the next, and nothing of it is left', async () => {
  const scene = new ReportScene({ info: { startToCloseTimeoutMs: 5_000 } });
  scene.answers = [rejected, 'hangs'];
  const running = [scene.run(() => 1)];
  await scene.clock.advance(3_000);
  running.push(rejection(scene.run(() => 2)));
  await scene.clock.advance(1_999);
  expect(scene.calls).toHaveLength(2);
  await scene.clock.advance(1);
  await Promise.all(running);
  expect(scene.calls).toHaveLength(3);
  const { pendingTimers } = scene.clock;
  scene.reporter.endAt(scene.clock.monotonicNow());
  expect(scene.clock.pendingTimers).toBe(pendingTimers);
});

it('a failure goes while no value is accepted, and values go once another token has come by it', async () => {
  const scene = new ReportScene();
  scene.answers = [rejected];
  const running = [rejection(scene.run(() => 1))];
  await scene.clock.advance(100);
  scene.answers = [rejected];
  scene.nextToken = 'second';
  running.push(scene.run(fails).catch(() => undefined));
  await scene.clock.advance(0);
  expect(scene.calls.map(({ method, token }) => `${method} ${token}`).toSorted()).toEqual(
    ['completed', 'failed'].flatMap((method) => [`${method} first`, `${method} second`]),
  );
  await Promise.all(running);
});

it('the end is waited for until none is being sent, each time anew', async () => {
  const scene = new ReportScene();
  await scene.sender.settled();
  for (let time = 0; time < 2; time++) {
    const [first, second] = [Promise.withResolvers<object>(), Promise.withResolvers<object>()];
    scene.answers = [first.promise, second.promise];
    const running = [1, 2].map((value) => rejection(scene.run(() => value)));
    await scene.clock.advance(0);
    let isSettled = false;
    const settled = scene.sender.settled().then(() => (isSettled = true));
    first.resolve({});
    await scene.clock.advance(0);
    expect(isSettled).toBe(false);
    second.resolve({});
    await Promise.all([settled, ...running]);
  }
});

it('the answer to a task that is gone shows no token', async () => {
  const token = 'opaque-0123456789abcdef0123456789abcdef';
  const scene = new ReportScene();
  scene.token = token;
  scene.answers = [grpcError('NOT_FOUND', `workflow execution not found, by ${token}`)];
  await rejection(scene.run(() => 1));
  expect(JSON.stringify([scene.events.of('resultGone'), scene.log.entries])).not.toContain(token);
  expect(scene.events.of('resultGone')).toHaveLength(1);
});

it('the answer to a task that is gone says that the token is accepted', async () => {
  const scene = await ReportScene.reported([grpcError('NOT_FOUND', 'workflow execution already completed')]);
  expect(scene.accepted).toEqual(['first']);
});

it('a result whose connection was closed and replaced goes on the other at once', async () => {
  const scene = new ReportScene();
  scene.answers = [Object.assign(new Error('Client already closed'), { name: 'IllegalStateError' })];
  scene.onCall = () => {
    if (scene.calls.length === 1) scene.replaceConnection();
  };
  const running = rejection(scene.run(() => 1));
  await scene.clock.advance(0);
  await running;
  expect(scene.events.names).toEqual(['resultPending', 'resultDelivered']);
});

it('a late rejection ends nothing', async () => {
  const scene = new ReportScene();
  const late = Promise.withResolvers<object>();
  const second: Answer = 'hangs';
  scene.answers = [late.promise, second];
  const running = rejection(scene.run(() => 1));
  await scene.clock.advance(16_000);
  expect(scene.calls).toHaveLength(2);
  late.reject(rejected);
  await scene.clock.advance(15_000);
  await running;
  expect(scene.calls).toHaveLength(3);
  expect(scene.events.names).toEqual(['resultPending', 'resultDelivered']);
});
