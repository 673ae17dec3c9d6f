import * as common from '@temporalio/common';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  type Payload,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { ActivityContext } from '../../src/delivery/heartbeat-details.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { ReportScene, type ReportSceneOptions } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

/** The one request by which the end of an activity is reported. */
async function requestOf(activity: () => unknown, options: ReportSceneOptions = {}) {
  const scene = new ReportScene(options);
  await rejection(scene.run(activity));
  expect(scene.calls).toHaveLength(1);
  return { method: scene.methods[0], request: scene.calls[0]?.request };
}

function decoded(payloads: unknown): unknown[] {
  return (payloads as { payloads: Payload[] }).payloads.map((one): unknown =>
    defaultPayloadConverter.fromPayload(one),
  );
}

const aborted = { cancellationSignal: AbortSignal.abort(new CancelledFailure('CANCELLED')) };
const cancelled = {
  context: { ...aborted, cancellationDetails: { cancelRequested: true } },
} as unknown as ReportSceneOptions;

describe('a request', () => {
  it('carries the version of a worker, as those of Core do', async () => {
    const { request } = await requestOf(() => 42);
    expect(request).toMatchObject({ workerVersion: { buildId: 'v7', useVersioning: false } });
    expect(request).not.toHaveProperty('deploymentOptions');
  });

  it.each([
    [true, 2],
    [false, 1],
  ])('carries the deployment of a worker with useWorkerVersioning: %s', async (useWorkerVersioning, mode) => {
    const version = { deploymentName: 'rows', buildId: 'v8' };
    const workerDeploymentOptions = { version, useWorkerVersioning, defaultVersioningBehavior: 'PINNED' };
    const { request } = await requestOf(() => 42, { worker: { workerDeploymentOptions } as never });
    expect(request).toMatchObject({
      workerVersion: { buildId: 'v8', useVersioning: false },
      deploymentOptions: { ...version, workerVersioningMode: mode },
    });
  });

  // Older SDKs have no such types.
  it.runIf('toPayloadWithTypeInfo' in common).each(['countRows', 'default'])(
    'is made by the type of an activity that is defined with one, as %s',
    async (name) => {
      const transferTypeConverter = { toTransferType: (rows: number) => ({ rows }) };
      const typeInfo = { outputType: { transferTypeConverter } };
      const countRows = Object.assign(() => 42, { activityDefinitionOptions: { typeInfo } });
      const activities = new Map([[name, countRows]]) as never;
      const { request } = await requestOf(() => 42, { worker: { activities } });
      expect(decoded(request?.['result'])).toEqual([{ rows: 42 }]);
    },
  );

  it('is converted once, whatever the number of times that it is sent', async () => {
    let conversions = 0;
    const encode = (payloads: Payload[]): Promise<Payload[]> => {
      conversions++;
      return Promise.resolve(payloads);
    };
    const codec = { encode, decode: encode };
    const scene = await ReportScene.reported([grpcError('UNAVAILABLE'), grpcError('UNAVAILABLE')], 2_000, {
      worker: { dataConverter: { payloadCodecs: [codec] } },
    });
    expect([scene.calls.length, conversions]).toEqual([3, 1]);
  });
});

describe('a failure', () => {
  it('carries the details of the last heartbeat', async () => {
    const scene = new ReportScene();
    const activity = async ({ heartbeat }: Pick<ActivityContext, 'heartbeat'>): Promise<never> => {
      heartbeat(1);
      heartbeat({ row: 2 });
      return Promise.reject(new Error('disk full'));
    };
    await rejection(scene.run(activity));
    expect(scene.heartbeats).toEqual([1, { row: 2 }]);
    expect(scene.methods).toEqual(['failed']);
    expect(decoded(scene.calls[0]?.request['lastHeartbeatDetails'])).toEqual([{ row: 2 }]);
  });

  it('carries no details when there was no heartbeat', async () => {
    const { request } = await requestOf(() => Promise.reject(new Error('disk full')));
    expect(request?.['lastHeartbeatDetails']).toBeNull();
  });

  it('is what a value that cannot be converted comes to', async () => {
    const { method, request } = await requestOf(() => 42n);
    expect(method).toBe('failed');
    expect(request).toMatchObject({
      failure: { message: 'Unable to convert 42 to payload', applicationFailureInfo: { type: 'ValueError' } },
    });
  });

  it('that cannot be converted goes to Core', async () => {
    const sealed = { encode: () => Promise.reject(new Error('sealed')), decode: () => Promise.resolve([]) };
    const scene = new ReportScene({ worker: { dataConverter: { payloadCodecs: [sealed] } } });
    const error = ApplicationFailure.nonRetryable('no', 'Missing', 42);
    expect(await rejection(scene.run(() => Promise.reject(error)))).toBe(error);
    expect(scene.calls).toEqual([]);
  });
});

describe('a cancellation that was asked for', () => {
  it('carries all that its error has', async () => {
    const { method, request } = await requestOf(
      () => Promise.reject(new CancelledFailure('CANCELLED', ['so', 'far'])),
      cancelled,
    );
    expect(method).toBe('canceled');
    expect(decoded(request?.['details'])).toEqual(['so', 'far']);
    expect(request).toMatchObject({ namespace: 'ours', identity: 'me', taskToken: Uint8Array.of(1, 2, 3) });
  });

  it.each([
    ['has none', new CancelledFailure('CANCELLED')],
    ['is an aborted signal', Object.assign(new Error('aborted'), { name: 'AbortError' })],
  ])('carries nothing when its error %s', async (_name, error) => {
    const { method, request } = await requestOf(() => Promise.reject(error), cancelled);
    expect([method, request?.['details']]).toEqual(['canceled', null]);
  });
});
