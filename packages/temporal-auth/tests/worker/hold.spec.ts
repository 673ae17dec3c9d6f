import type { AsyncCompletionClient } from '@temporalio/client';
import { CompleteAsyncError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityInterceptors } from '@temporalio/worker';
import { abortable } from '@worker-auth/inlined';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { holdActivities } from '../../src/worker/hold.ts';
import type { LedgerEntry } from '../../src/worker/ledger.ts';
import { RecordedEvents } from '../support/recorded-events.ts';
import { isSettled } from '../support/scene.ts';

/** An activity whose end, and a token whose goodness, are the test's to decide. */
function openScene({ isBad = false, isLocal = false, isOurs = false } = {}) {
  const log = new RecordingLogger();
  const goods: PromiseWithResolvers<undefined>[] = [];
  const watch = {
    isBad,
    whenGood: (signal: AbortSignal): Promise<void> => {
      const good = Promise.withResolvers<undefined>();
      if (signal.aborted) good.reject(signal.reason as Error);
      signal.addEventListener('abort', () => {
        good.reject(signal.reason as Error);
      });
      goods.push(good);
      return good.promise;
    },
  };
  const kept: (LedgerEntry & { readonly isSuspect: boolean })[] = [];
  const arrived = Promise.withResolvers<boolean>();
  const room = Promise.withResolvers<undefined>();
  const ledger = {
    isFull: false,
    room: (_bytes: number, signal: AbortSignal) =>
      ledger.isFull ? abortable(room.promise, signal) : Promise.resolve(),
    keep: (entry: LedgerEntry, { isSuspect = false } = {}) => {
      kept.push({ ...entry, isSuspect });
      return arrived.promise;
    },
  };
  const events = new RecordedEvents();
  const told: unknown[] = [];
  const client: Pick<AsyncCompletionClient, 'complete'> = {
    complete: (_task: unknown, result: unknown) => Promise.resolve(void told.push(result)),
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
      interceptors: [
        holdActivities({
          ...{ watch, ledger, logger: log, events, settleMs: 250 },
          client: () => client as AsyncCompletionClient,
          isOurs: () => isOurs,
        }),
        users,
      ],
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
    ledger,
    kept,
    arrived,
    room,
    log,
    events,
    told,
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
  it('nothing is held, and the outcome is kept when it goes its way', async () => {
    const scene = openScene();
    await settle();
    expect(scene.kept).toEqual([]);
    scene.end.resolve('done');
    expect(await scene.running).toBe('done');
    expect(scene.kept).toMatchObject([{ isSuspect: false, settleMs: 250, of: { activityType: 'unknown' } }]);
    expect(scene.seen).toEqual(['changed by an interceptor of the user']);
    expect(scene.begun()).toBe(1);
  });

  it('an outcome that was kept is told when the ledger asks for it', async () => {
    const scene = openScene();
    scene.end.resolve('done');
    await scene.running;
    expect(scene.told).toEqual([]);
    await scene.kept[0]?.deliver();
    expect(scene.told).toEqual(['done']);
  });

  it('an activity that somebody else completes has no outcome to be kept', async () => {
    const scene = openScene();
    scene.end.reject(new CompleteAsyncError());
    await expect(scene.running).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(scene.kept).toEqual([]);
  });

  it('an outcome waits until there is room for it', async () => {
    const scene = openScene();
    scene.ledger.isFull = true;
    scene.end.resolve('done');
    await settle();
    expect(await isSettled(scene.running)).toBe(false);
    scene.room.resolve(undefined);
    expect(await scene.running).toBe('done');
    expect(scene.kept).toHaveLength(1);
  });

  it('an outcome for which there is no room goes its way when the activity is cancelled, and that is told', async () => {
    const scene = openScene();
    scene.ledger.isFull = true;
    scene.end.resolve('done');
    await settle();
    scene.cancel();
    expect(await scene.running).toBe('done');
    expect(scene.kept).toEqual([]);
    expect(scene.log.text()).toMatch(/WARN .*too many outcomes/);
  });
});

describe('an outcome that the worker does not tell', () => {
  it('is told from here, and left out there once it has arrived', async () => {
    const scene = openScene({ isOurs: true });
    scene.end.resolve('done');
    await settle();
    expect(scene.kept).toMatchObject([{ isSuspect: true }]);
    expect(await isSettled(scene.running)).toBe(false);
    scene.arrived.resolve(true);
    await expect(scene.running).rejects.toBeInstanceOf(CompleteAsyncError);
  });

  it.each([
    [
      'was given up',
      (scene: ReturnType<typeof openScene>) => {
        scene.arrived.resolve(false);
      },
    ],
    [
      'has not arrived when the activity is cancelled',
      (scene: ReturnType<typeof openScene>) => {
        scene.cancel();
      },
    ],
  ])('is left to the worker when it %s', async (_when, happen) => {
    const scene = openScene({ isOurs: true });
    scene.end.resolve('done');
    await settle();
    happen(scene);
    expect(await scene.running).toBe('done');
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
    expect(scene.kept).toEqual([]);
    const of = { activityType: 'unknown', activityId: 'test', workflowId: 'test' };
    expect(scene.events.of('outcomeHeld')).toEqual([of]);
    scene.becomeGood();
    expect(await scene.running.catch((error: unknown) => (error as Error).message)).toBe(expected);
    expect(scene.kept).toMatchObject([{ isSuspect: false }]);
    expect(scene.events.names).toEqual(['outcomeHeld']);
    expect(scene.log.entries).toEqual([]);
  });

  it('an activity that has not begun is cancelled at the end of the worker’s patience', async () => {
    const scene = openScene({ isBad: true });
    await settle();
    scene.cancel();
    await expect(scene.running).rejects.toThrow('WORKER_SHUTDOWN');
    expect(scene.begun()).toBe(0);
  });

  it('an outcome goes its way at the end of the worker’s patience, is told again later, and the log says so', async () => {
    const scene = openScene();
    await settle();
    scene.watch.isBad = true;
    scene.end.resolve('done');
    await settle();
    scene.cancel();
    expect(await scene.running).toBe('done');
    expect(scene.log.text()).toBe(
      'WARN The outcome of an activity is held no longer, and the activity may run again: Temporal takes no token, and the activity was ' +
        'cancelled',
    );
    expect(scene.kept).toMatchObject([{ isSuspect: true }]);
    expect(scene.log.entries[0]?.meta).toMatchObject({ activityType: 'unknown', workflowId: 'test' });
    expect(scene.events.of('outcomeGivenUp')).toMatchObject([
      { activityType: 'unknown', reason: 'Temporal takes no token, and the activity was cancelled' },
    ]);
  });

  it('a local activity passes', async () => {
    const scene = openScene({ isBad: true, isLocal: true });
    await settle();
    expect(scene.begun()).toBe(1);
    scene.end.resolve('done');
    expect(await scene.running).toBe('done');
  });
});
