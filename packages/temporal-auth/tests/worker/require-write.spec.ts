import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { requireWrite } from '../../src/worker/require-write.ts';
import { isSettled, rejection } from '../support/scene.ts';

/** @param answer of Temporal */
function ask(answer: () => Promise<object>) {
  const clock = new FakeClock();
  const ending = new AbortController();
  const recordWorkerHeartbeat = vi.fn<(request: object) => Promise<object>>(answer);
  const asked = requireWrite({
    connection: {
      workflowService: { recordWorkerHeartbeat } as never,
      withAbortSignal: (_signal, call) => call(),
    },
    ...{ namespace: 'ours', timeoutMs: 1_000, clock, signal: ending.signal },
  });
  asked.catch(() => undefined);
  return { asked, clock, ending, calls: recordWorkerHeartbeat.mock.calls };
}

function grpcError(code: number): Error {
  return Object.assign(new Error('no'), { code, details: 'no', metadata: {} });
}

describe('requireWrite', () => {
  it('asks for what changes nothing', async () => {
    const { asked, calls } = ask(() => Promise.resolve({}));
    await asked;
    expect(calls).toEqual([[{ namespace: 'ours', workerHeartbeat: [] }]]);
  });

  it.each([
    ['PERMISSION_DENIED', 7],
    ['UNAUTHENTICATED', 16],
  ])('throws a refusal (%s)', async (_name, code) => {
    const error = grpcError(code);
    expect(await rejection(ask(() => Promise.reject(error)).asked)).toBe(error);
  });

  it.each([
    ['UNIMPLEMENTED', 12],
    ['UNAVAILABLE', 14],
  ])('takes any other answer for none (%s)', async (_name, code) => {
    await expect(ask(() => Promise.reject(grpcError(code))).asked).resolves.toBeUndefined();
  });

  it('waits for an answer no longer than it may, and takes that for none', async () => {
    const { asked, clock } = ask(() => new Promise(() => undefined));
    await clock.advance(999);
    expect(await isSettled(asked)).toBe(false);
    await clock.advance(1);
    await expect(asked).resolves.toBeUndefined();
  });

  it("throws the caller's reason, whatever the answer", async () => {
    const { asked, ending } = ask(() => Promise.reject(grpcError(14)));
    const gone = new Error('gone');
    ending.abort(gone);
    expect(await rejection(asked)).toBe(gone);
  });
});
