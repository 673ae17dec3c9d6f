import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { failWorker, runningWorker, watchCreations } from '../support/failing-worker.ts';
import { openScene } from '../support/scene.ts';

// Nobody else sends this one.
beforeAll(() => {
  Runtime.install({ shutdownSignals: ['SIGWINCH'], logger: new DefaultLogger('ERROR', () => undefined) });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const activities = { countRows: () => Promise.resolve(42) };

it('a signal of the Runtime ends runWorker() while a worker runs', async () => {
  await using scene = await openScene();
  const creations = watchCreations();
  const client = scene.createClient();
  const running = client.runWorker({ activities });
  const worker = await runningWorker(creations, 1);
  process.emit('SIGWINCH');
  await running;
  expect(worker.getState()).toBe('STOPPED');
  await client.close();
});

it('a signal of the Runtime ends runWorker() while a new worker is waited for, and no other signal does', async () => {
  await using scene = await openScene();
  const creations = watchCreations();
  const client = scene.createClient();
  const before = ['SIGTERM', 'SIGINT'].map((signal) => process.listenerCount(signal));
  const failed = new Promise((resolve) => client.on('workerFailed', resolve));
  const running = client.runWorker({ activities });
  failWorker(await runningWorker(creations, 1));
  await failed;
  expect(['SIGTERM', 'SIGINT'].map((signal) => process.listenerCount(signal))).toEqual(before);
  process.emit('SIGWINCH');
  await running;
  expect(creations).toHaveBeenCalledTimes(1);
});

it('a signal of the Runtime ends runWorker() while there is no token yet', async () => {
  await using scene = await openScene();
  scene.oauth.failWith('unavailable503');
  const client = scene.createClient({ bootTimeoutMs: 600_000 });
  const before = process.listenerCount('SIGWINCH');
  const running = client.runWorker({ activities });
  await expect.poll(() => scene.oauth.requests.length).toBeGreaterThan(0);
  process.emit('SIGWINCH');
  await running;
  expect(process.listenerCount('SIGWINCH')).toBe(before);
});

it('a signal of the Runtime is listened to no longer when runWorker() has ended by its own', async () => {
  await using scene = await openScene();
  scene.oauth.failWith('unavailable503');
  const before = process.listenerCount('SIGWINCH');
  const ending = new AbortController();
  const running = scene.createClient().runWorker({ activities, signal: ending.signal });
  await expect.poll(() => process.listenerCount('SIGWINCH')).toBe(before + 1);
  ending.abort();
  await running;
  expect(process.listenerCount('SIGWINCH')).toBe(before);
});
