import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { repeatStart, type StartAttempt } from '../../src/connection/start-repetition.ts';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  TemporalAuthErrorCode,
} from '@worker-auth/calls/errors/temporal-auth-error';
import { isSettled, rejection } from '../support/scene.ts';

/** One attempt that goes on. */
interface Attempt extends PromiseWithResolvers<string> {
  readonly atMs: number;
  readonly signal: AbortSignal;
  readonly leftMs: number | undefined;
}

const late = new ConnectivityError('Too late.', { code: 'LATE' });

let clock: FakeClock;
let log: RecordingLogger;
let random: number;
let attempts: Attempt[];
let leaving: AbortController;
let isUntried: boolean;

beforeEach(() => {
  clock = new FakeClock();
  log = new RecordingLogger();
  random = 0.999_999;
  attempts = [];
  leaving = new AbortController();
  isUntried = false;
});

function start(bootTimeoutMs = 120_000): Promise<string> {
  const begin = clock.monotonicNow();
  const attempt: StartAttempt<string> = (signal, leftMs) => {
    const promise = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => {
      promise.reject(signal.reason);
    });
    attempts.push({ ...promise, atMs: clock.monotonicNow() - begin, signal, leftMs });
    return promise.promise;
  };
  return repeatStart(attempt, {
    ...{ bootTimeoutMs, newTokenTimeoutMs: 15_000, clock, signal: leaving.signal, logger: log },
    ...{ conditions: new Conditions(clock, log), scope: { address: 'temporal:7233' } },
    random: () => random,
    waitedFor: () => 'Temporal at temporal:7233',
    tooLate: () => late,
    isUntried: () => isUntried,
  });
}

function down(details: { code?: string; retryable?: boolean; retryInMs?: number } = {}): ConnectivityError {
  return new ConnectivityError('Not there.', { code: 'DOWN', retryable: true, ...details });
}

/** Fails the attempt that goes on. */
async function fail(error: Error = down()): Promise<void> {
  attempts.at(-1)?.reject(error);
  await clock.advance(0);
}

describe('a start that cannot reach something', () => {
  it('tries again after waits that double up to 5 s, until it succeeds', async () => {
    const starting = start();
    for (let failure = 0; failure < 6; failure++) {
      await fail();
      await clock.advance(5_000);
    }
    attempts.at(-1)?.resolve('open');
    expect(await starting).toBe('open');
    const waits = attempts.slice(1).map(({ atMs }, index) => atMs - index * 5_000);
    expect(waits.map(Math.round)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [0, 250],
    [0.5, 375],
  ])('is random: with the random number %d the first wait is %d ms', async (number, expected) => {
    random = number;
    void start().catch(() => undefined);
    await fail();
    await clock.advance(expected - 1);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    expect(attempts).toHaveLength(2);
    leaving.abort();
  });

  it('believes an error that knows when it makes sense to try again', async () => {
    void start().catch(() => undefined);
    await fail(down({ retryInMs: 17_000 }));
    await clock.advance(16_999);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    expect(attempts).toHaveLength(2);
    leaving.abort();
  });

  it.each([
    new ConfigurationError('No such namespace.', { code: 'X', retryable: true }),
    new AuthenticationError('Rejected.', { code: 'X', retryable: true }),
    down({ retryable: false }),
    new Error('anything else'),
  ])('ends at once with %o', async (error) => {
    const starting = rejection(start());
    await fail(error);
    expect(await starting).toBe(error);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with the last failure when its time is over, and begins no wait that would end later', async () => {
    const starting = start(700);
    await fail();
    await clock.advance(500);
    const last = down();
    attempts[1]?.reject(last);
    expect(await rejection(starting)).toBe(last);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends a later attempt when its time is over, with the failure before', async () => {
    const starting = start(10_000);
    const first = down();
    await fail(first);
    await clock.advance(9_999);
    expect(await isSettled(starting)).toBe(false);
    expect(attempts[1]?.signal.aborted).toBe(false);
    const failed = rejection(starting);
    await clock.advance(1);
    expect(await failed).toBe(first);
    expect(attempts[1]?.signal.aborted).toBe(true);
  });

  /** Of 3 s, with attempts that look at no signal. */
  const startDeaf = (attempt: () => Promise<string>): Promise<string> =>
    repeatStart(attempt, {
      ...{ bootTimeoutMs: 3_000, newTokenTimeoutMs: 0, clock, signal: leaving.signal, logger: log },
      ...{ conditions: new Conditions(clock, log), scope: {} },
      random: () => random,
      waitedFor: () => undefined,
      tooLate: () => late,
      isUntried: () => false,
    });

  it('waits for an attempt that cleans up', async () => {
    const cleaned = Promise.withResolvers<never>();
    const starting = startDeaf(() => cleaned.promise);
    const failed = rejection(starting);
    await clock.advance(3_000);
    expect(await isSettled(starting)).toBe(false);
    cleaned.reject(new Error('ended'));
    expect(await failed).toBe(late);
  });

  it('gives what an attempt has opened too late, so that somebody can close it', async () => {
    const opened = Promise.withResolvers<string>();
    const starting = startDeaf(() => opened.promise);
    await clock.advance(3_000);
    opened.resolve('open');
    expect(await starting).toBe('open');
  });

  it.each(['in a wait', 'in an attempt'])('ends with the reason of its signal %s', async (when) => {
    const starting = rejection(start());
    await fail();
    if (when === 'in an attempt') {
      await clock.advance(500);
      attempts[1]?.signal.addEventListener('abort', () => attempts[1]?.reject(new Error('late')));
    }
    const reason = new Error('the caller left');
    leaving.abort(reason);
    expect(await starting).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it('logs what is waited for, then what failed, and when that is over', async () => {
    const starting = start();
    await clock.advance(2_000);
    await fail(down({ code: TemporalAuthErrorCode.temporalUnavailable }));
    await clock.advance(10_000);
    attempts.at(-1)?.resolve('open');
    await starting;
    expect(log.entries.map(({ level, message }) => `${level} ${message.split(' See ')[0]}`)).toEqual([
      'INFO Waiting for Temporal at temporal:7233, for 2 s so far',
      'ERROR Temporal does not answer: Not there.',
      'INFO Ended after 10 s: Temporal does not answer',
    ]);
  });
});

describe('a start whose token Temporal rejects', () => {
  const rejectedError = (code: string = TemporalAuthErrorCode.callRejected) =>
    new AuthenticationError('Rejected.', { code });

  it.each([
    [TemporalAuthErrorCode.callRejected, 'TEMPORAL_REJECTS_TOKEN'],
    [TemporalAuthErrorCode.permissionMissing, 'PERMISSION_MISSING'],
  ])('tries again, and logs once what goes on for 2 s (%s)', async (code, condition) => {
    const starting = start();
    for (let failure = 0; failure < 3; failure++) {
      await fail(rejectedError(code));
      await clock.advance(2_000);
    }
    attempts.at(-1)?.resolve('open');
    expect(await starting).toBe('open');
    expect(log.entries.map(({ meta }) => meta?.['code'])).toEqual([condition, condition]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('has its time from the first rejection on, however long nothing could be reached before; the last attempt ends by itself', async () => {
    const starting = start();
    await fail(down({ retryInMs: 60_000 }));
    await clock.advance(60_000);
    await fail(rejectedError());
    await clock.advance(15_001);
    expect(attempts).toHaveLength(3);
    expect(await isSettled(starting)).toBe(false);
    const last = rejectedError();
    await fail(last);
    expect(await rejection(starting)).toBe(last);
  });
});
