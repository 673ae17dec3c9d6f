import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { waitingLog } from '../../src/conditions/waiting-log.ts';

describe('waitingLog', () => {
  it('tells what is waited for after 2 s and then each 10 s, until the end', async () => {
    const clock = new FakeClock();
    const log = new RecordingLogger();
    let waitedFor: string | undefined = 'the credentials';
    const logged = waitingLog(clock, log, () => waitedFor);
    const work = Promise.withResolvers<string>();
    const result = logged(work.promise);
    await clock.advance(1_999);
    expect(log.entries).toEqual([]);
    await clock.advance(1);
    expect(log.text()).toBe('INFO Waiting for the credentials, for 2 s so far');
    waitedFor = undefined;
    await clock.advance(10_000);
    expect(log.entries).toHaveLength(1);
    waitedFor = 'the token endpoint';
    await clock.advance(10_000);
    expect(log.entries.at(-1)?.message).toBe('Waiting for the token endpoint, for 22 s so far');
    work.resolve('done');
    expect(await result).toBe('done');
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with a failure too, which it hands on', async () => {
    const clock = new FakeClock();
    const logged = waitingLog(clock, new RecordingLogger(), () => 'anything');
    await expect(logged(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is one wait for any number of callers, until the last of them is served', async () => {
    const clock = new FakeClock();
    const log = new RecordingLogger();
    const logged = waitingLog(clock, log, () => 'an access token');
    const works = Array.from({ length: 200 }, () => Promise.withResolvers<string>());
    const served = works.map(({ promise }) => logged(promise));
    const [last, ...others] = works;
    for (const { resolve } of others) resolve('served');
    await clock.advance(2_000);
    expect(log.entries).toHaveLength(1);
    last?.resolve('served');
    await Promise.all(served);
    expect(clock.pendingTimers).toBe(0);
  });
});
