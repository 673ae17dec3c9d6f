import { CompleteAsyncError } from '@temporalio/common';
import { expect, it } from 'vitest';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
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

/** A value that is counted as so many bytes: as JSON, and what says so. */
const sized = (bytes: number): string => 'x'.repeat(bytes - 100);

it('a namespace is asked about a value from 64 KiB on', async () => {
  const scene = new ReportScene();
  scene.answers = ['accepted', limit(65_536)];
  for (const bytes of [65_535, 65_536])
    expect(await rejection(scene.run(() => sized(bytes)))).toEqual(reported);
  expect(scene.methods).toEqual(['completed', 'describe', 'completed']);
  expect(scene.calls[1]?.request).toEqual({ namespace: 'ours' });
  expect(await scene.run(() => sized(65_537))).toBe(sized(65_537));
});

it.each<[string, Answer]>([
  ['says no limit', limit(0)],
  ['is too old to say one', Promise.resolve({ namespaceInfo: {} })],
  ['says nothing of the namespace', Promise.resolve({})],
])('a value of any size is reported to a server that %s', async (_is, answer) => {
  const scene = new ReportScene();
  scene.answers = [answer];
  for (let count = 0; count < 2; count++) expect(await rejection(scene.run(() => large))).toEqual(reported);
  expect(scene.methods).toEqual(['describe', 'completed', 'completed']);
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
