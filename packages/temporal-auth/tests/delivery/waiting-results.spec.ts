import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { grpcError } from '../support/grpc-error.ts';
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
