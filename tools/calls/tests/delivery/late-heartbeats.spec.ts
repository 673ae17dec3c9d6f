import { sleep } from '@worker-auth/internal';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { Conditions } from '../../src/conditions/conditions.ts';
import { type Delivery, ResultSender } from '../../src/delivery/result-sender.ts';
import type { DeliveryPlace } from '../../src/delivery/task-calls.ts';
import { grpcError } from '../support/grpc-error.ts';
import { RecordedEvents } from '../support/recorded-events.ts';

const heartbeatTimeoutMs = 4_000;

/** A sender of results that are rejected. */
function openSender(): { readonly clock: FakeClock; readonly sender: ResultSender<undefined> } {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const place = {
    ...{ address: 'temporal:7233', ending: new AbortController().signal },
    options: {
      ...{ clock, logger, events: new RecordedEvents(), random: () => 0.5 },
      conditions: new Conditions(clock, logger),
    },
    token: {
      connection: { workflowService: undefined },
      next: () => 'token',
      scope: () => ({ lacksPermission: () => false }),
      accepted: () => undefined,
      rejected: () => Promise.resolve(false),
    },
    explain: (error: Error) => error.message,
    accepted: () => undefined,
    silent: () => Promise.resolve(false),
  };
  return { clock, sender: new ResultSender(place as unknown as DeliveryPlace<undefined>, 'ours') };
}

/** Longest time between two heartbeats of an activity, while the results of forty are rejected and Temporal takes so long for each call. */
async function longestGap(callMs: number): Promise<number> {
  const { clock, sender } = openSender();
  const beats = new Map<number, number[]>();
  const delivery = (activity: number): Delivery<undefined> => ({
    ...{ kind: 'completed', bytes: 10, taskQueue: 'extraction', heartbeatTimeoutMs },
    ...{ of: { activityType: 'run', activityId: String(activity), workflowId: 'one' } },
    limit: { atMs: 300_000, name: 'startToCloseTimeout' },
    call: async () => {
      await sleep(clock, callMs);
      throw grpcError('PERMISSION_DENIED');
    },
    heartbeat: () => async () => {
      await sleep(clock, callMs);
      beats.get(activity)?.push(clock.monotonicNow());
    },
  });
  for (let activity = 0; activity < 40; activity++) {
    beats.set(activity, [clock.monotonicNow()]);
    void sender.send(delivery(activity));
    await clock.advance(250);
  }
  await clock.advance(20_000);
  const gaps = [...beats.values()].flatMap((moments) =>
    [...moments.slice(1), clock.monotonicNow()].map((ms, index) => ms - (moments[index] ?? 0)),
  );
  return Math.max(...gaps);
}

it.each([10, 1_000, 2_000, 2_500])(
  'heartbeats of forty activities come in time where each call takes %i ms',
  async (callMs) => {
    expect(await longestGap(callMs)).toBeLessThan(heartbeatTimeoutMs);
  },
);

it('a heartbeat without an answer keeps no other one waiting', async () => {
  const { clock, sender } = openSender();
  const over = new AbortController();
  const beat = (call: () => Promise<void>) =>
    sender.beat({ call, bytes: 10, repeatMs: 1_000, over: () => over.signal }, 60_000);
  let calls = 0;
  const unanswered = beat(() => {
    calls++;
    return new Promise(() => undefined);
  });
  await clock.advance(1_500);
  expect(calls).toBe(2);
  expect(await beat(() => Promise.resolve())).toEqual({ ending: 'delivered' });
  const superseded = expect(unanswered).rejects.toThrow('superseded');
  over.abort(new Error('superseded'));
  await clock.advance(500);
  await superseded;
  expect(calls).toBe(2);
});
