import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityInterceptors } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { holdActivities } from '../../src/worker/hold.ts';
import { isSettled } from '../support/scene.ts';

/** An activity whose end, and a token whose goodness, are the test's to decide. */
function openScene({ isBad = false, isLocal = false } = {}) {
  const log = new RecordingLogger();
  const goods: PromiseWithResolvers<undefined>[] = [];
  const watch = {
    isBad,
    probed: 0,
    whenGood: (signal: AbortSignal): Promise<void> => {
      const good = Promise.withResolvers<undefined>();
      if (signal.aborted) good.reject(signal.reason as Error);
      signal.addEventListener('abort', () => {
        good.reject(signal.reason as Error);
      });
      goods.push(good);
      return good.promise;
    },
    probeSoon: () => {
      watch.probed++;
    },
  };
  const seen: string[] = [];
  const users = (): ActivityInterceptors => ({
    inbound: {
      execute: async (input, next) => {
        const value = await next(input);
        seen.push('changed by an interceptor of the user');
        return value;
      },
    },
  });
  const environment = new MockActivityEnvironment(
    { isLocal },
    {
      interceptors: [holdActivities(watch, log), users],
    },
  );
  const end = Promise.withResolvers<string>();
  let begun = 0;
  const running = environment.run(async () => {
    begun++;
    return end.promise;
  });
  running.catch(() => undefined);
  return {
    watch,
    log,
    seen,
    end,
    running,
    begun: () => begun,
    cancel: () => {
      environment.cancel('WORKER_SHUTDOWN');
    },
    becomeGood: () => {
      watch.isBad = false;
      for (const good of goods.splice(0)) good.resolve(undefined);
    },
  };
}

/** Lets all that needs no I/O happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('while the token is good', () => {
  it('nothing is held, and a probe is asked for when the outcome goes its way', async () => {
    const scene = openScene();
    await settle();
    expect(scene).toMatchObject({ watch: { probed: 0 } });
    scene.end.resolve('done');
    expect(await scene.running).toBe('done');
    expect(scene).toMatchObject({ watch: { probed: 1 }, seen: ['changed by an interceptor of the user'] });
    expect(scene.begun()).toBe(1);
  });
});

describe('while the token is bad', () => {
  it('the start of an activity is held until it is good', async () => {
    const scene = openScene({ isBad: true });
    await settle();
    expect(scene.begun()).toBe(0);
    scene.becomeGood();
    await settle();
    expect(scene.begun()).toBe(1);
    scene.end.resolve('done');
    expect(await scene.running).toBe('done');
  });

  it.each([
    [
      'a value',
      (scene: ReturnType<typeof openScene>) => {
        scene.end.resolve('done');
      },
      'done',
    ],
    [
      'a failure',
      (scene: ReturnType<typeof openScene>) => {
        scene.end.reject(new Error('disk full'));
      },
      'disk full',
    ],
  ])('an outcome is held until it is good: %s', async (_name, finish, expected) => {
    const scene = openScene();
    await settle();
    scene.watch.isBad = true;
    finish(scene);
    await settle();
    expect(await isSettled(scene.running)).toBe(false);
    expect(scene.watch.probed).toBe(0);
    scene.becomeGood();
    expect(await scene.running.catch((error: unknown) => (error as Error).message)).toBe(expected);
    expect(scene.watch.probed).toBe(1);
    expect(scene.log.entries).toEqual([]);
  });

  it('an activity that has not begun is cancelled at the end of the worker’s patience', async () => {
    const scene = openScene({ isBad: true });
    await settle();
    scene.cancel();
    await expect(scene.running).rejects.toThrow('WORKER_SHUTDOWN');
    expect(scene.begun()).toBe(0);
  });

  it('an outcome goes its way at the end of the worker’s patience, and that is told', async () => {
    const scene = openScene();
    await settle();
    scene.watch.isBad = true;
    scene.end.resolve('done');
    await settle();
    scene.cancel();
    expect(await scene.running).toBe('done');
    expect(scene.log.text()).toBe(
      'WARN The outcome of an activity is sent although Temporal refuses the token: it may run again',
    );
    expect(scene.log.entries[0]?.meta).toMatchObject({ activityType: 'unknown', workflowId: 'test' });
  });

  it('a local activity passes', async () => {
    const scene = openScene({ isBad: true, isLocal: true });
    await settle();
    expect(scene.begun()).toBe(1);
    scene.end.resolve('done');
    expect(await scene.running).toBe('done');
  });
});
