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

describe('the next call', () => {
  it('is the first of its method after it was asked for', async () => {
    const log = new CallLog<string>();
    log.add(call('A'));
    const next = log.nextOf('A');
    log.add(call('B'));
    const wanted = call('A');
    log.add(wanted);
    log.add(call('A'));
    expect(await next).toBe(wanted);
  });
});

describe('a condition', () => {
  it('is looked at at once', async () => {
    await expect(new CallLog<string>().until(() => true)).resolves.toBeUndefined();
  });

  it('is looked at after each call', async () => {
    const log = new CallLog<string>();
    const two = log.until(() => log.requests.length === 2).then(() => log.requests.length);
    log.add(call('A'));
    log.add(call('B'));
    log.add(call('C'));
    expect(await two).toBe(3);
  });

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

describe('a listener', () => {
  it('that is added twice is told twice, and leaves once', () => {
    const log = new CallLog<string>();
    const told: string[] = [];
    const listener = ({ method }: RecordedRpc): void => {
      told.push(method);
    };
    const unsubscribe = log.subscribe(listener);
    log.subscribe(listener);
    log.add(call('A'));
    unsubscribe();
    log.add(call('B'));
    expect(told).toEqual(['A', 'A', 'B']);
  });
});
