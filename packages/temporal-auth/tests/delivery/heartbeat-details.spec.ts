import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  type Payload,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { ActivityContext } from '../../src/delivery/heartbeat-details.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { ReportScene } from '../support/report-scene.ts';
import { isSettled, rejection } from '../support/scene.ts';

type Heartbeat = Pick<ActivityContext, 'heartbeat'>;

const rejected = grpcError('PERMISSION_DENIED');

function valuesOf(details: unknown): unknown {
  const { payloads } = (details ?? {}) as { payloads?: Payload[] };
  return payloads?.map((payload) => defaultPayloadConverter.fromPayload(payload));
}

/** A codec that ends with the first payload when the test says so. */
function slowCodec() {
  const converted = Promise.withResolvers<undefined>();
  const encode = async (payloads: Payload[]): Promise<Payload[]> => {
    await converted.promise;
    return payloads;
  };
  const decode = (payloads: Payload[]): Promise<Payload[]> => Promise.resolve(payloads);
  return {
    convert: () => {
      converted.resolve(undefined);
    },
    worker: { dataConverter: { payloadCodecs: [{ encode, decode }] } },
  };
}

/** Beats with the details and fails. */
const failing = (...details: unknown[]) =>
  rejectedAfter(({ heartbeat }) => {
    for (const one of details) heartbeat(one);
  });

const rejectedAfter =
  (beat: (context: Heartbeat) => void) =>
  (context: Heartbeat): never => {
    beat(context);
    throw new Error('disk full');
  };

const lastOf = ({ calls }: ReportScene): unknown => valuesOf(calls.at(-1)?.request['lastHeartbeatDetails']);

describe('the details of the last heartbeat', () => {
  it('are waited for by a failure until they are converted', async () => {
    const { convert, worker } = slowCodec();
    const scene = new ReportScene({ worker });
    const running = rejection(scene.run(failing('half', 'more', 'most')));
    await scene.clock.advance(29_999);
    expect(scene.calls).toEqual([]);
    convert();
    await running;
    expect(lastOf(scene)).toEqual(['most']);
  });

  it('are not waited for when they cannot be converted', async () => {
    const { worker } = slowCodec();
    const controller = new AbortController();
    const scene = new ReportScene({ worker, context: { cancellationSignal: controller.signal } });
    const running = rejection(scene.run(failing('half')));
    await scene.clock.advance(1);
    expect(await isSettled(running)).toBe(false);
    controller.abort(new CancelledFailure('HEARTBEAT_DETAILS_CONVERSION_FAILED'));
    await running;
    expect([scene.methods, lastOf(scene)]).toEqual([['failed'], undefined]);
    const later = new ReportScene({ worker, context: { cancellationSignal: controller.signal } });
    await rejection(later.run(failing('half')));
    expect(later.methods).toEqual(['failed']);
  });

  it('are waited for 30 s, where nothing says that they cannot be', async () => {
    const { worker } = slowCodec();
    const scene = new ReportScene({ worker });
    const running = rejection(scene.run(failing('half')));
    await scene.clock.advance(30_000);
    await running;
    scene.ending.abort();
    expect([scene.methods, scene.clock.pendingTimers]).toEqual([['failed'], 0]);
  });

  it('are those that were converted by the time that a heartbeat of a pending result goes', async () => {
    const scene = new ReportScene({ info: { heartbeatTimeoutMs: 9_000, heartbeatDetails: 'before' } });
    let beat: Heartbeat['heartbeat'] = () => undefined;
    scene.answers = ['hangs'];
    const running = rejection(scene.run(({ heartbeat }) => (beat = heartbeat)));
    await scene.clock.advance(1_000);
    beat('late');
    await scene.clock.advance(14_000);
    await running;
    const beats = scene.calls.filter(({ method }) => method === 'heartbeat');
    expect(beats.map(({ request }) => valuesOf(request['details'])).slice(0, 2)).toEqual([
      ['before'],
      ['late'],
    ]);
  });

  it('are sent as the worker made them, whatever is in a payload', async () => {
    const payload = {
      metadata: { encoding: Buffer.from('binary/ours'), key: Buffer.alloc(300, 7) },
      data: Buffer.alloc(70_000, 1),
      externalPayloads: [{ sizeBytes: 70_000 }],
    };
    const encode = () => Promise.resolve([payload as unknown as Payload]);
    const payloadCodecs = [{ encode, decode: encode }];
    const scene = new ReportScene({ worker: { dataConverter: { payloadCodecs } } });
    await rejection(scene.run(failing('half')));
    expect(scene.calls[0]?.request['lastHeartbeatDetails']).toEqual({ payloads: [payload] });
  });

  it('keep an activity from being kept alive when they are not to be found in its task', async () => {
    const info = {
      heartbeatTimeoutMs: 9_000,
      heartbeatDetails: 'before',
      taskToken: Uint8Array.of(1, 2, 3),
    };
    const scene = await ReportScene.reported(['hangs'], 15_000, { info });
    expect(scene.methods).toEqual(['completed', 'completed']);
  });
});

describe('bytes that the activity uses again while its result is pending', () => {
  it.each<[string, (bytes: Uint8Array) => unknown, (request: Record<string, unknown>) => unknown]>([
    ['a value', (bytes) => bytes, ({ result }) => result],
    [
      'details of a failure',
      (bytes) => Promise.reject(ApplicationFailure.nonRetryable('no', 'Missing', bytes)),
      ({ failure }) =>
        (failure as { applicationFailureInfo: { details: unknown } }).applicationFailureInfo.details,
    ],
  ])('are sent as they were: %s', async (_name, end, sent) => {
    const scene = new ReportScene();
    scene.answers = [rejected];
    const bytes = Uint8Array.of(1, 2, 3);
    const running = rejection(scene.run(() => end(bytes)));
    await scene.clock.advance(0);
    bytes.fill(9);
    await scene.clock.advance(1_000);
    await running;
    expect(scene.calls.map(({ request }) => valuesOf(sent(request)))).toEqual(
      Array.from({ length: 2 }, () => [Uint8Array.of(1, 2, 3)]),
    );
  });
});
