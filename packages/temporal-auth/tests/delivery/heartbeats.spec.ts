import { describe, expect, it } from 'vitest';
import type { ActivityContext } from '../../src/delivery/heartbeat-details.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { type Answer, ReportScene } from '../support/report-scene.ts';

const rejected = grpcError('PERMISSION_DENIED');

/** The moments of the heartbeats that come while a report lasts. */
function momentsOf({ calls }: ReportScene): readonly number[] {
  const startMs = calls[0]?.atMs ?? 0;
  return calls.filter(({ method }) => method === 'heartbeat').map(({ atMs }) => atMs - startMs);
}

describe('an activity with a heartbeat time-out', () => {
  it('stays alive with its last details while its report has no answer', async () => {
    const activity = ({ heartbeat }: Pick<ActivityContext, 'heartbeat'>): void => {
      heartbeat('half');
      heartbeat('all');
    };
    const info = { heartbeatTimeoutMs: 12_000 };
    const scene = await ReportScene.reported(['hangs'], 15_500, { info, activity });
    expect(momentsOf(scene)).toEqual([1_000, 5_000, 9_000, 13_000]);
    const payload = { data: Buffer.from('"all"') };
    expect(scene.calls[1]?.request).toMatchObject({ namespace: 'ours', details: { payloads: [payload] } });
    expect(scene.heartbeats).toEqual(['half', 'all']);
    await scene.clock.advance(15_000);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('keeps the details of the attempt before, where it had none of its own', async () => {
    const info = { heartbeatTimeoutMs: 8_000, heartbeatDetails: { row: 7 } };
    const scene = await ReportScene.reported(['hangs'], 15_500, { info });
    const payload = { data: Buffer.from('{"row":7}') };
    expect(scene.calls[1]?.request).toMatchObject({ details: { payloads: [payload] } });
  });

  it.each<[string, number, Answer[], number, number[]]>([
    [
      'again soon after a rejection',
      12_000,
      ['hangs', rejected, rejected],
      15_500,
      [1_000, 1_500, 2_250, 6_250, 10_250, 14_250],
    ],
    ['at once when its result is rejected', 10_000, [rejected], 500, [0]],
    ['no more when Temporal has no such task', 3_000, ['hangs', grpcError('NOT_FOUND')], 15_000, [500]],
    [
      'well within a short time-out',
      1_500,
      ['hangs'],
      15_500,
      Array.from({ length: 30 }, (_, index) => 250 + 500 * index),
    ],
    [
      'in time when the one before has no answer',
      12_000,
      ['hangs', 'hangs', 'hangs'],
      15_500,
      [1_000, 5_000, 9_000, 13_000],
    ],
  ])('sends them %s', async (_when, heartbeatTimeoutMs, answers, withinMs, moments) => {
    const scene = await ReportScene.reported(answers, withinMs, { info: { heartbeatTimeoutMs } });
    expect(momentsOf(scene)).toEqual(moments);
  });

  it('sends none when its result is accepted at once', async () => {
    const scene = await ReportScene.reported([], 0, { info: { heartbeatTimeoutMs: 8_000 } });
    await scene.clock.advance(10_000);
    expect(scene.methods).toEqual(['completed']);
  });
});

describe('an activity without a heartbeat time-out', () => {
  it.each([undefined, 0])('sends none (%s)', async (heartbeatTimeoutMs) => {
    const scene = await ReportScene.reported(['hangs'], 15_500, { info: { heartbeatTimeoutMs } });
    expect(scene.methods).toEqual(['completed', 'completed']);
  });
});
