import { describe, expect, it } from 'vitest';
import { CallLog, type RecordedRpc } from '../../src/grpc/call-log.ts';

function call(method: string): RecordedRpc {
  const path = `/the.Service/${method}`;
  return {
    method,
    path,
    namespace: undefined,
    metadata: {},
    verdict: 'passed',
    reason: undefined,
    token: undefined,
  };
}

describe('a condition', () => {
  it('that throws ends the wait', async () => {
    const log = new CallLog<string>();
    let broken = false;
    const waiting = log.until(() => {
      if (broken) throw new Error('no such thing');
      return false;
    });
    broken = true;
    log.changed();
    await expect(waiting).rejects.toThrow('no such thing');
  });
});

describe('very many calls', () => {
  it('are counted, but only the last ones are kept', () => {
    const log = new CallLog<string>();
    for (let i = 0; i < 25_000; i++) log.add(call(i < 20_000 ? 'A' : 'B'));
    expect([log.counts.passed.get('A'), log.counts.passed.get('B')]).toEqual([20_000, 5_000]);
    expect(log.requests.length).toBeGreaterThanOrEqual(10_000);
    expect(log.requests.length).toBeLessThanOrEqual(11_000);
    expect(log.requests.at(-1)?.method).toBe('B');
  });
});
