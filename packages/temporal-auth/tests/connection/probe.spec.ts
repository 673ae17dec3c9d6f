import type { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { type Probe, temporalProbe } from '../../src/connection/probe.ts';
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
  const describeNamespace = vi.fn(() => Promise.resolve({}));
  const signals: AbortSignal[] = [];
  const connection = {
    workflowService: { recordWorkerHeartbeat, describeNamespace },
    withAbortSignal: (signal: AbortSignal, call: () => Promise<unknown>) => {
      signals.push(signal);
      return call();
    },
  } as unknown as NativeConnection;
  const probe: Probe = temporalProbe({
    ...{ connection, clock, namespace: 'extraction', address: '10.0.0.1:7233' },
    explain: (error) => `so it is: ${(error as Error).message}`,
  });
  return { clock, probe, signals, recordWorkerHeartbeat, describeNamespace };
}

describe('a probe', () => {
  it('is a worker heartbeat of no worker, in the namespace', async () => {
    const { probe, recordWorkerHeartbeat, describeNamespace } = openScene();
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(recordWorkerHeartbeat.mock.calls).toEqual([[{ namespace: 'extraction', workerHeartbeat: [] }]]);
    expect(describeNamespace).not.toHaveBeenCalled();
  });

  it('describes the namespace of a server that has no such method, from then on', async () => {
    const { probe, recordWorkerHeartbeat, describeNamespace } = openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(12, 'unknown method'));
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(await probe(never)).toEqual({ kind: 'good' });
    expect(recordWorkerHeartbeat).toHaveBeenCalledTimes(1);
    expect(describeNamespace.mock.calls).toEqual([
      [{ namespace: 'extraction' }],
      [{ namespace: 'extraction' }],
    ]);
  });

  it.each([
    [7, 'Request unauthorized.', 'refused'],
    [16, 'Jwt is expired', 'refused'],
    [14, 'no healthy upstream', 'unreachable'],
    [5, 'no such namespace', 'unreachable'],
  ])('that ends with the status %d ("%s") says %s, and why', async (code, message, kind) => {
    const { probe, recordWorkerHeartbeat, describeNamespace } = openScene();
    recordWorkerHeartbeat.mockRejectedValue(serviceError(code, message));
    expect(await probe(never)).toEqual({ kind, reason: `so it is: ${message}` });
    expect(describeNamespace).not.toHaveBeenCalled();
  });

  it('that is not answered within 3 s says unreachable, and where, and its call is given up', async () => {
    const { probe, clock, recordWorkerHeartbeat, signals } = openScene();
    recordWorkerHeartbeat.mockReturnValue(new Promise(() => undefined));
    const answer = probe(never);
    await clock.advance(2_999);
    expect(await isSettled(answer)).toBe(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.advance(1);
    expect(await answer).toEqual({
      kind: 'unreachable',
      reason:
        'so it is: Temporal at 10.0.0.1:7233 did not answer within 3000 ms, for namespace "extraction".',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
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
});
