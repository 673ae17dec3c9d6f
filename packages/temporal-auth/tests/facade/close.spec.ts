import type { FakeClock } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import { StoppedError } from '@worker-auth/calls/errors/temporal-auth-error';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { isSettled, openScene, rejection, type Scene, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(1) };

/** Nothing is open, and nothing refreshes: looked at after the moment at which a refresh would have been. */
async function expectQuiet({ temporal, oauth, clock }: Scene): Promise<void> {
  await temporal.until(() => temporal.openConnections === 0);
  const [connections, requests] = [temporal.connectionsSeen, oauth.tokenRequests.length];
  await clock.advance(3_600_000);
  expect([temporal.connectionsSeen, oauth.tokenRequests.length]).toEqual([connections, requests]);
  expect(clock.pendingTimers).toBe(0);
}

describe('close()', () => {
  it('closes the connections, stops refreshing and forgets the token', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    await client.createWorker({ activities });
    await client.close();
    expect(client.auth.isTokenValid()).toBe(false);
    await expectQuiet(scene);
  });

  it('is for good: every call that needs a connection or a token says so', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    await client.close();
    const closed = { kind: 'stopped', code: 'TEMPORAL_AUTH_CLOSED' };
    expect(() => client.client).toThrow(StoppedError);
    await expect(client.load()).rejects.toMatchObject(closed);
    await expect(client.startWorkflow('extract')).rejects.toMatchObject(closed);
    await expect(client.createWorker({ activities })).rejects.toMatchObject(closed);
    await expect(client.auth.getAccessToken()).rejects.toMatchObject({ kind: 'stopped' });
    await expect(client.auth.start()).rejects.toMatchObject({ kind: 'stopped' });
    await expectQuiet(scene);
  });

  it('is done once, for all who ask for it at the same time and later', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const first = client.close();
    expect(client.close()).toBe(first);
    await first;
    await client.close();
    await expectQuiet(scene);
  });

  it('gives up a load() that waits for a token', async () => {
    await using scene = await openScene();
    scene.oauth.hold();
    const client = scene.createClient();
    const asked = scene.oauth.nextRequest();
    const loading = rejection(client.load());
    await asked;
    await client.close();
    expect(await loading).toBeInstanceOf(StoppedError);
    await expectQuiet(scene);
  });

  it.each(['GetSystemInfo', 'DescribeNamespace'])('gives up a load() that waits for %s', async (silent) => {
    await using scene = await openScene();
    scene.temporal.failWith('neverAnswers', silent);
    const client = scene.createClient();
    const asked = scene.temporal.nextCall(silent);
    const loading = rejection(client.load());
    await asked;
    await client.close();
    expect(await loading).toBeInstanceOf(StoppedError);
    await expectQuiet(scene);
  });

  it('gives up a load() in the very moment in which Temporal has answered', async () => {
    await using scene = await openScene();
    const { clock, temporal } = scene;
    const closings: Promise<void>[] = [];
    const startTimer: FakeClock['startTimer'] = (callback, delayMs) => {
      const timer = clock.startTimer(callback, delayMs);
      const isAnswered = (): boolean => temporal.tokensOf('DescribeNamespace').length > 0;
      return {
        cancel: () => {
          timer.cancel();
          if (isAnswered() && closings.length === 0) closings.push(client.close());
        },
      };
    };
    const calling = {
      startTimer,
      monotonicNow: () => clock.monotonicNow(),
      wallNow: () => clock.wallNow(),
    };
    const client = scene.createClient({ clock: calling });
    expect(await rejection(client.load())).toBeInstanceOf(StoppedError);
    expect(closings).toHaveLength(1);
    await Promise.all(closings);
    await expectQuiet(scene);
  });

  it('gives up a createWorker() that waits for the connection', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    scene.temporal.failWith('neverAnswers');
    const asked = scene.temporal.nextCall('GetSystemInfo');
    const creating = rejection(client.createWorker({ activities }));
    await asked;
    await client.close();
    expect(await creating).toBeInstanceOf(StoppedError);
    await scene.temporal.stop();
    await expectQuiet(scene);
  });

  it('gives up a createWorker() that waits for Temporal, and waits for its end', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const { temporal } = scene;
    const release = temporal.hold('DescribeNamespace');
    const asked = temporal.nextCall('DescribeNamespace');
    const creating = rejection(client.createWorker({ activities }));
    await asked;
    const closing = client.close();
    expect(await creating).toBeInstanceOf(StoppedError);
    expect(await isSettled(closing)).toBe(false);
    release();
    await closing;
    await expectQuiet(scene);
  });

  it('waits 5 s at most for a worker that is made and gets no answer', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const { temporal, clock } = scene;
    const release = temporal.hold('DescribeNamespace');
    const asked = temporal.nextCall('DescribeNamespace');
    const running = client.runWorker({ activities });
    await asked;
    const closing = client.close();
    await clock.advance(4_999);
    expect(await isSettled(closing)).toBe(false);
    await clock.advance(1);
    await closing;
    await running;
    release();
    await expectQuiet(scene);
  });

  it.each(['runWorker', 'createWorker'] as const)(
    'waits 25 s at most for the end of a worker of %s() whose Temporal is gone',
    async (kind) => {
      await using scene = await openScene();
      const client = await scene.loadClient();
      const { temporal, clock } = scene;
      const polled = temporal.nextCall('PollActivityTaskQueue');
      const worker = kind === 'createWorker' ? await client.createWorker({ activities }) : undefined;
      const running = worker?.run() ?? client.runWorker({ activities });
      await polled;
      await temporal.stop();
      const startMs = clock.monotonicNow();
      worker?.shutdown();
      if (worker !== undefined) await settled(scene, running);
      await settled(scene, client.close());
      await running;
      const tookMs = clock.monotonicNow() - startMs;
      expect(tookMs).toBeGreaterThanOrEqual(25_000);
      expect(tookMs).toBeLessThan(30_000);
      expect(scene.log.text()).toContain('is not waited for: Temporal does not answer its polls');
    },
  );

  it('succeeds after the native connection has failed', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    scene.temporal.failWith('permissionDenied');
    expect(await rejection(client.createWorker({ activities }))).toMatchObject({ kind: 'authentication' });
    await client.close();
    await expectQuiet(scene);
  });

  it('rejects while a worker runs, closes nothing, and succeeds once it has ended', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const worker = await client.createWorker({ activities });
    const running = worker.run();
    await expect(client.close()).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    expect(client.auth.isTokenValid()).toBe(true);
    expect(await client.client.workflowService.describeNamespace({ namespace: 'default' })).toBeDefined();
    const another = await client.createWorker({ activities, taskQueue: 'another' });
    expect(another.getState()).toBe('INITIALIZED');
    worker.shutdown();
    await running;
    await client.close();
    await expectQuiet(scene);
  });

  it('is what the end of an `await using` does', async () => {
    await using scene = await openScene();
    {
      await using client = scene.createClient();
      await client.load();
    }
    await expectQuiet(scene);
  });
});

it.each([
  [undefined, 'The options of runWorker must be an object'],
  [null, 'The options of runWorker must be an object'],
  [{ signal: {} }, 'signal must have the method throwIfAborted'],
])('runWorker(%j) says what is wrong', async (options, message) => {
  await using scene = await openScene();
  await expect(scene.createClient().runWorker(options as never)).rejects.toThrow(message);
});
