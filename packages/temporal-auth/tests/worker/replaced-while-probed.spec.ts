import { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import type { ProbeCall, ProbeResult } from '../../src/connection/probe.ts';
import type { ProbedConnection } from '../../src/worker/probed-connection.ts';
import { TokenMonitor } from '../../src/worker/token-monitor.ts';

const connectionNamed = (name: string): NativeConnection =>
  Object.assign(Object.create(NativeConnection.prototype) as NativeConnection, { name });

/** A monitor of a connection that does not answer its first probe; another connection answers. */
async function probeUnanswered({ isReplaced }: { readonly isReplaced: boolean }) {
  const clock = new FakeClock();
  const [silent, other] = [connectionNamed('silent'), connectionNamed('other')];
  const held = {
    connection: silent,
    current: 'token',
    updated: () => Promise.resolve(),
    scope: () => ({ isDenied: () => false }),
    accepted: vi.fn(),
  };
  const unanswered = Promise.withResolvers<ProbeResult>();
  const ask = vi.fn(({ connection }: ProbeCall): Promise<ProbeResult> => {
    if (connection === silent) return unanswered.promise;
    return Promise.resolve({ kind: 'good' });
  });
  const conditions = { raise: vi.fn(), clear: vi.fn(), forget: vi.fn() };
  const options = { clock, random: () => 0.5, conditions, events: { emit: vi.fn() }, onHealth: vi.fn() };
  const tryAnother = vi.fn(() => Promise.resolve(false));
  const place = { token: held, options, address: 'temporal:7233', probe: () => ask };
  const monitor = new TokenMonitor(place as unknown as ProbedConnection, 'default', { tryAnother });
  await clock.advance(0);
  if (isReplaced) held.connection = other;
  unanswered.resolve({ kind: 'unreachable', reason: 'no answer', late: new Promise(() => undefined) });
  await clock.advance(1_000);
  monitor.stop();
  return { tryAnother, asked: ask.mock.calls.map(([{ connection }]) => connection), silent, other };
}

describe('a probe without an answer', () => {
  it('has another connection tried', async () => {
    const { tryAnother, asked, silent } = await probeUnanswered({ isReplaced: false });
    expect(tryAnother).toHaveBeenCalledOnce();
    expect(asked).toStrictEqual([silent]);
  });

  it('says nothing of the connection that has taken the place of the probed one, which is asked at once', async () => {
    const { tryAnother, asked, silent, other } = await probeUnanswered({ isReplaced: true });
    expect(tryAnother).not.toHaveBeenCalled();
    expect(asked.slice(0, 2)).toStrictEqual([silent, other]);
  });
});
