import type { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { Probe, type ProbeResult } from '../../src/connection/probe.ts';
import { isSettled, rejection } from '../support/scene.ts';

const never = new AbortController().signal;

/** What a native connection throws for a call that ended with this status. */
function serviceError(code: number, message: string): Error {
  return Object.assign(new Error(message), { code, details: '', metadata: {} });
}

/** A probe, and the calls that it makes. */
function openScene() {
  const clock = new FakeClock();
  const recordWorkerHeartbeat = vi.fn(() => Promise.resolve({}));
  // As Temporal answers it to whoever may write.
  const noTaskToken = serviceError(3, 'Task token not set on request.');
  const respondActivityTaskCompleted = vi.fn(() => Promise.reject(noTaskToken));
  const respondWorkflowTaskCompleted = vi.fn(() => Promise.reject(noTaskToken));
  const getSystemInfo = vi.fn(() => Promise.resolve({}));
  const metadata: unknown[] = [];
  const deadlines: unknown[] = [];
  const connection = {
    workflowService: {
      ...{ recordWorkerHeartbeat, respondActivityTaskCompleted, respondWorkflowTaskCompleted },
      getSystemInfo,
    },
    withMetadata: (given: unknown, call: () => Promise<unknown>) => {
      metadata.push(given);
      return call();
    },
    withDeadline: (deadline: unknown, call: () => Promise<unknown>) => {
      deadlines.push(deadline);
      return call();
    },
  } as unknown as NativeConnection;
  const place = {
    ...{ clock, address: '10.0.0.1:7233' },
    explain: (error: unknown) => `so it is: ${(error as Error).message}`,
  };
  const asked = new Probe({ ...place, namespace: 'extraction' });
  const probe = (signal: AbortSignal, token?: string): Promise<ProbeResult> =>
    asked.ask({ connection, token, signal });
  return {
    ...{ clock, connection, place, metadata, deadlines, probe, getSystemInfo },
    ...{ recordWorkerHeartbeat, respondActivityTaskCompleted, respondWorkflowTaskCompleted },
  };
}

describe('a probe', () => {
  it('is a worker heartbeat of no worker, in the namespace', async () => {
    const { probe, recordWorkerHeartbeat, respondActivityTaskCompleted } = openScene();
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(recordWorkerHeartbeat.mock.calls).toEqual([[{ namespace: 'extraction', workerHeartbeat: [] }]]);
    expect(respondActivityTaskCompleted).not.toHaveBeenCalled();
  });

  it.each([
    ['denies it alone', 7, 'no'],
    ['does not have it', 12, 'no'],
    // As Core says it.
    ['has no route for it', 13, 'protocol error: … while receiving response with status: 404 Not Found'],
  ])('is a result of no activity where a server %s, from then on', async (_what, code, message) => {
    const { probe, recordWorkerHeartbeat, respondActivityTaskCompleted } = openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(code, message));
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(recordWorkerHeartbeat).toHaveBeenCalledTimes(1);
    const call = [{ namespace: 'extraction' }];
    expect(respondActivityTaskCompleted.mock.calls).toEqual([call, call]);
  });

  it.each([
    [13, 'the authorizer knows no such message'],
    [2, 'odd'],
    [13, 'protocol error: … while receiving response with status: 405 Method Not Allowed'],
  ])('that only one call fails in is another call the next time: %d, %s', async (code, message) => {
    const { probe, recordWorkerHeartbeat } = openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(code, message));
    expect(await probe(never)).toMatchObject({ kind: 'unreachable' });
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(recordWorkerHeartbeat).toHaveBeenCalledTimes(1);
  });

  it.each([
    [14, 'no healthy upstream'],
    [4, 'context deadline exceeded'],
    [5, 'no such namespace'],
    [8, 'namespace rate limit exceeded'],
    [2, 'transport error: ConnectionRefused'],
    [13, 'protocol error: … while receiving response with status: 503 Service Unavailable'],
  ])('is the same call after an outage, or without the namespace: %d, %s', async (code, message) => {
    const { probe, recordWorkerHeartbeat, respondActivityTaskCompleted } = openScene();
    recordWorkerHeartbeat.mockRejectedValueOnce(serviceError(code, message));
    await probe(never);
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(respondActivityTaskCompleted).not.toHaveBeenCalled();
  });

  it('is a workflow task of no workflow where activities are denied too', async () => {
    const { probe, recordWorkerHeartbeat, respondActivityTaskCompleted, respondWorkflowTaskCompleted } =
      openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(7, 'no'));
    respondActivityTaskCompleted.mockRejectedValue(serviceError(7, 'no'));
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(respondWorkflowTaskCompleted.mock.calls).toEqual([[{ namespace: 'extraction' }]]);
  });

  it.each([
    [7, 12],
    [12, 7],
  ])(
    'that is denied each call says rejected, whatever the server does not have: %d, %d',
    async (...codes) => {
      const scene = openScene();
      scene.recordWorkerHeartbeat.mockRejectedValue(serviceError(codes[0], `first ${codes[0]}`));
      scene.respondActivityTaskCompleted.mockRejectedValue(serviceError(codes[1], `second ${codes[1]}`));
      scene.respondWorkflowTaskCompleted.mockRejectedValue(serviceError(7, 'third 7'));
      const reason = `so it is: ${codes[0] === 7 ? 'first' : 'second'} 7`;
      expect(await scene.probe(never)).toMatchObject({ kind: 'rejected', reason });
    },
  );

  it.each([
    [7, 'Request unauthorized.', 'rejected'],
    [16, 'Jwt is expired', 'rejected'],
    [8, 'namespace rate limit exceeded', 'throttled'],
    [14, 'no healthy upstream', 'unreachable'],
    [5, 'no such namespace', 'unreachable'],
    [3, 'odd', 'unreachable'],
  ])('that ends with the status %d ("%s") says %s, and why', async (code, message, kind) => {
    const { probe, recordWorkerHeartbeat, respondActivityTaskCompleted, respondWorkflowTaskCompleted } =
      openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(code, message));
    respondActivityTaskCompleted.mockRejectedValue(serviceError(code, 'later'));
    respondWorkflowTaskCompleted.mockRejectedValue(serviceError(code, 'later'));
    expect(await probe(never)).toMatchObject({ kind, reason: `so it is: ${message}` });
    expect(respondActivityTaskCompleted).toHaveBeenCalledTimes(kind === 'rejected' ? 1 : 0);
  });

  it('that is not answered within 5 s says unreachable, and where', async () => {
    const { probe, clock, recordWorkerHeartbeat, deadlines } = openScene();
    // No shorter than that of Temporal's Core.
    const deadline = clock.wallNow() + 30_000;
    recordWorkerHeartbeat.mockReturnValue(new Promise(() => undefined));
    const answer = probe(never);
    await clock.advance(4_999);
    expect(await isSettled(answer)).toBe(false);
    await clock.advance(1);
    expect(await answer).toEqual({
      kind: 'unreachable',
      reason:
        'so it is: Temporal at 10.0.0.1:7233 did not answer within 5000 ms, for namespace "extraction".',
      late: expect.any(Promise) as unknown,
    });
    expect(deadlines).toEqual([deadline]);
  });

  it.each([
    ['accepted', undefined, { kind: 'good' }],
    ['rejected', serviceError(7, 'no'), { kind: 'rejected', reason: 'so it is: no' }],
    ['throttled', serviceError(8, 'rate'), { kind: 'throttled', reason: 'so it is: rate' }],
    ['lost', serviceError(14, 'away'), { kind: 'unreachable', reason: 'so it is: away' }],
  ])('that had no answer in time says it when it is %s after all', async (_what, error, result) => {
    const scene = openScene();
    for (const standIn of [scene.respondActivityTaskCompleted, scene.respondWorkflowTaskCompleted])
      standIn.mockRejectedValue(serviceError(7, 'later'));
    const call = Promise.withResolvers<object>();
    scene.recordWorkerHeartbeat.mockReturnValueOnce(call.promise);
    const asked = scene.probe(never);
    await scene.clock.advance(5_000);
    const { late } = (await asked) as { readonly late?: Promise<ProbeResult> };
    if (error === undefined) call.resolve({});
    else call.reject(error);
    expect(await late).toMatchObject(result);
  });

  it('ends with the reason of its signal, whatever the call came to', async () => {
    const { probe, recordWorkerHeartbeat } = openScene();
    const leaving = new AbortController();
    recordWorkerHeartbeat.mockReturnValue(new Promise(() => undefined));
    const failed = rejection(probe(leaving.signal));
    leaving.abort(new Error('stopped'));
    expect(await failed).toBe(leaving.signal.reason);
  });

  it('says nothing of the token when the connection was closed', async () => {
    const { probe, recordWorkerHeartbeat } = openScene();
    const closed = Object.assign(new Error('Client already closed'), { name: 'IllegalStateError' });
    recordWorkerHeartbeat.mockRejectedValue(closed);
    expect(await rejection(probe(never))).toBe(closed);
  });

  it('tries a token in place of that of the connection', async () => {
    const { probe, metadata } = openScene();
    await probe(never, 'another');
    await probe(never);
    expect(metadata).toEqual([{ authorization: 'Bearer another' }, {}]);
  });

  it('of no namespace asks whether the token is accepted at all', async () => {
    const { place, connection, getSystemInfo, recordWorkerHeartbeat } = openScene();
    const anywhere = new Probe({ ...place, namespace: undefined });
    expect(await anywhere.ask({ connection, signal: never })).toEqual({ kind: 'good' });
    expect(getSystemInfo).toHaveBeenCalledTimes(1);
    expect(recordWorkerHeartbeat).not.toHaveBeenCalled();
  });
});
