import type { Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { grpcError } from '../support/grpc-error.ts';
import { ReportScene } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED');

/** The moments of the heartbeats that come while a report lasts. */
function momentsOf({ calls }: ReportScene): readonly number[] {
  const startMs = calls[0]?.atMs ?? 0;
  return calls.filter(({ method }) => method === 'heartbeat').map(({ atMs }) => atMs - startMs);
}

describe('an activity with a heartbeat time-out', () => {
  it('stays alive with its last details while its report has no answer', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 8_000 } });
    scene.answers = ['hangs'];
    const running = rejection(
      scene.run(({ heartbeat }) => {
        heartbeat('half');
        heartbeat('all');
      }),
    );
    await scene.clock.advance(15_500);
    await running;
    expect(momentsOf(scene)).toEqual([1_000, 5_000, 9_000, 13_000]);
    const payload = { data: new TextEncoder().encode('"all"') };
    expect(scene.calls[1]?.request).toMatchObject({ namespace: 'ours', details: { payloads: [payload] } });
    expect(scene.heartbeats).toEqual(['half', 'all']);
    await scene.clock.advance(15_000);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('keeps the details of the attempt before, where it had none of its own', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 8_000, heartbeatDetails: { row: 7 } } });
    scene.answers = ['hangs'];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(15_500);
    await running;
    const payload = { data: new TextEncoder().encode('{"row":7}') };
    expect(scene.calls[1]?.request).toMatchObject({ details: { payloads: [payload] } });
  });

  it('sends one that is rejected again soon', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 8_000 } });
    scene.answers = ['hangs', rejected, rejected];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(15_500);
    await running;
    expect(momentsOf(scene)).toEqual([1_000, 1_500, 2_000, 6_000, 10_000, 14_000]);
  });

  it('sends the first one at once when its result is rejected', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 10_000 } });
    scene.answers = [rejected];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(0);
    expect(momentsOf(scene)).toEqual([0]);
    await scene.clock.advance(500);
    await running;
  });

  it('sends none whose details were converted after the end of its result', async () => {
    const converted = Promise.withResolvers<undefined>();
    const encode = async (payloads: Payload[]): Promise<Payload[]> => {
      if (new TextDecoder().decode(payloads[0]?.data ?? undefined) === '"half"') await converted.promise;
      return payloads;
    };
    const payloadCodecs = [{ encode, decode: (payloads: Payload[]) => Promise.resolve(payloads) }];
    const scene = new ReportScene({
      info: { heartbeatTimeoutMs: 8_000 },
      worker: { dataConverter: { payloadCodecs } },
    });
    scene.answers = [rejected];
    const running = rejection(
      scene.run(({ heartbeat }) => {
        heartbeat('half');
      }),
    );
    await scene.clock.advance(500);
    await running;
    converted.resolve(undefined);
    await scene.clock.advance(8_000);
    expect(scene.methods).toEqual(['completed', 'completed']);
  });

  it('sends no more when Temporal has no such task', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 2_000 } });
    scene.answers = ['hangs', grpcError('NOT_FOUND')];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(15_000);
    await running;
    expect(momentsOf(scene)).toEqual([500]);
  });

  it('sends the first one well within a short time-out', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 1_000 } });
    scene.answers = ['hangs'];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(1_000);
    expect(momentsOf(scene)).toEqual([250, 750]);
    await scene.clock.advance(14_500);
    await running;
  });

  it('sends the next one in time when one has no answer', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 8_000 } });
    scene.answers = ['hangs', 'hangs', 'hangs'];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(15_500);
    await running;
    expect(momentsOf(scene)).toEqual([1_000, 5_000, 9_000, 13_000]);
  });

  it('sends none when its result is accepted at once', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 8_000 } });
    await rejection(scene.run(() => undefined));
    await scene.clock.advance(10_000);
    expect(scene.methods).toEqual(['completed']);
  });
});

describe('an activity without a heartbeat time-out', () => {
  it.each([undefined, 0])('sends none (%s)', async (heartbeatTimeoutMs) => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs } });
    scene.answers = ['hangs'];
    const running = rejection(scene.run(() => undefined));
    await scene.clock.advance(15_500);
    await running;
    expect(scene.methods).toEqual(['completed', 'completed']);
  });
});
