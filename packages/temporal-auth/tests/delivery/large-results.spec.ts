import { CompleteAsyncError } from '@temporalio/common';
import { expect, it } from 'vitest';
import { grpcError } from '../support/grpc-error.ts';
import { type Answer, ReportScene } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

const reported = expect.any(CompleteAsyncError) as unknown;
const large = 'x'.repeat(100_000);

/** The namespace takes values of so many bytes. */
function limit(blobSizeLimitError: number): Answer {
  return Promise.resolve({ namespaceInfo: { limits: { blobSizeLimitError } } });
}

it('a value that the namespace takes is reported, and one that it does not take is left to Core', async () => {
  const scene = new ReportScene();
  scene.answers = [limit(150_000)];
  expect(await rejection(scene.run(() => large))).toEqual(reported);
  expect(await scene.run(() => large + large)).toBe(large + large);
  expect(scene.methods).toEqual(['describe', 'completed']);
});

it('a namespace is not asked about a small value', async () => {
  const scene = new ReportScene();
  expect(await rejection(scene.run(() => 'x'.repeat(60_000)))).toEqual(reported);
  expect(scene.methods).toEqual(['completed']);
});

it.each<[string, Answer]>([
  ['says no limit', limit(0)],
  ['is too old to say one', Promise.resolve({ namespaceInfo: {} })],
])('a value of any size is reported to a server that %s', async (_is, answer) => {
  const scene = new ReportScene();
  scene.answers = [answer];
  expect(await rejection(scene.run(() => large))).toEqual(reported);
});

it('a large value is reported while the limit cannot be known, and the next one is asked about again', async () => {
  const scene = new ReportScene();
  scene.answers = [grpcError('PERMISSION_DENIED'), 'accepted', 'hangs'];
  expect(await rejection(scene.run(() => large))).toEqual(reported);
  const running = rejection(scene.run(() => large));
  await scene.clock.advance(3_000);
  expect(await running).toEqual(reported);
  expect(scene.methods).toEqual(['describe', 'completed', 'describe', 'completed']);
});
