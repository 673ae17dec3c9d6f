import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { certificateLease } from '../src/certificate.ts';
import type { RetryHints } from '../src/backoff-policy.ts';
import type { Lease } from '../src/lease.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { readInstant } from '@worker-auth/internal';
import { TokenServer } from './token-server.ts';

const throwing = (name: string): object =>
  Object.defineProperty({}, name, {
    get: () => {
      throw new Error('a getter of somebody else');
    },
  });

describe('whatever refresh gives or throws', () => {
  const clock = new FakeClock();
  const obtainedAt = readInstant(clock);
  const leases: [string, unknown][] = [
    ['a lifetime as text', { value: 1, obtainedAt, lifetimeMs: '60000' }],
    ['no moment', { value: 1, lifetimeMs: 60_000 }],
    ['a moment without a wall clock', { value: 1, obtainedAt: { monotonicMs: 0 }, lifetimeMs: 60_000 }],
    ['a moment that is NaN', { value: 1, obtainedAt: { monotonicMs: NaN, wallMs: 0 }, lifetimeMs: 60_000 }],
    ['null', null],
    ['a lease that cannot be read', throwing('lifetimeMs')],
  ];
  it.each(leases)('is a failed refresh, and tried again: %s', async (_name, lease) => {
    const bench = new FakeClock();
    const scheduler = new RefreshScheduler({
      refresh: () => Promise.resolve(lease as Lease<unknown>),
      clock: bench,
    });
    const codes: unknown[] = [];
    scheduler.on('refreshFailed', ({ error }) => codes.push((error as { code?: unknown }).code));
    scheduler.start();
    await bench.advance(30_000);
    expect(codes.length).toBeGreaterThan(1);
    expect(new Set(codes)).toEqual(new Set(['REFRESH_SCHEDULER_BAD_LEASE']));
    expect(scheduler.state.kind).toBe('backing-off');
    await scheduler.stop();
  });

  const errors: [string, unknown][] = [
    ['an error whose hints cannot be read', throwing('retryAfterMs')],
    ['undefined', undefined],
    ['a proxy that rejects everything', new Proxy({}, { get: () => expect.fail('read') })],
  ];
  it.each(errors)('is told as it is, and tried again: %s', async (_name, error) => {
    const bench = new FakeClock();
    const scheduler = new RefreshScheduler<string>({
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever somebody throws
      refresh: () => Promise.reject(error),
      clock: bench,
    });
    const received: unknown[] = [];
    scheduler.on('refreshFailed', (event) => received.push(event.error));
    scheduler.start();
    await bench.advance(30_000);
    expect(received.length).toBeGreaterThan(1);
    expect(received.every((each) => each === error)).toBe(true);
    await scheduler.stop();
  });
});

describe('whatever random gives', () => {
  const sources: [string, () => number][] = [
    ['NaN', () => NaN],
    ['Infinity', () => Infinity],
    ['-1', () => -1],
    ['text', () => '0.5' as unknown as number],
    [
      'an error',
      () => {
        throw new Error('no entropy');
      },
    ],
  ];
  it.each(sources)('neither spins nor stands still: %s', async (_name, random) => {
    const clock = new FakeClock();
    const server = new TokenServer(clock);
    const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, random });
    scheduler.start();
    await clock.advance(20 * 60_000);
    expect(server.requests).toBe(1);
    await clock.advance(11 * 60_000);
    expect(server.requests).toBe(2);
    server.answer = { error: new Error('503') };
    await clock.advance(60 * 60_000);
    const { requests } = server;
    await clock.advance(60_000);
    expect(server.requests - requests).toBeGreaterThanOrEqual(3);
    expect(server.requests - requests).toBeLessThan(30);
  });
});

describe('a misspelt option', () => {
  const refresh = () => Promise.reject(new Error('not called'));

  it.each<readonly [object, string]>([
    [{ refreshTimeout: 1 }, 'RefreshScheduler has no option refreshTimeout: did you mean refreshTimeoutMs?'],
    [{ policy: { ratoi: 1 } }, 'policy has no option ratoi: did you mean ratio?'],
    [{ backoff: { initialMS: 1 } }, 'backoff has no option initialMS: did you mean initialMs?'],
    [{ policy: new Map() }, 'The options of policy must be an object'],
  ])('is rejected, with the nearest: %j', (options, message) => {
    expect(() => new RefreshScheduler({ refresh, ...options })).toThrow(new TypeError(message));
  });

  it('of a call is rejected too', async () => {
    const scheduler = new RefreshScheduler({ refresh });
    const message = 'discard has no option retryAtOnc: did you mean retryAtOnce?';
    expect(() => {
      scheduler.discard({ retryAtOnc: true } as object);
    }).toThrow(new TypeError(message));
    await expect(scheduler.refreshNow({ reasn: '' } as object)).rejects.toThrow(
      new TypeError('refreshNow has no option reasn: did you mean reason?'),
    );
  });

  it('of a certificate is rejected too', () => {
    const files = { certFile: 'a', keyFile: 'b' };
    expect(() => certificateLease({ ...files, caFil: 'c' } as never)).toThrow('did you mean caFile?');
    expect(() => certificateLease(files, { clok: 1 } as object)).toThrow('did you mean clock?');
  });
});

describe('hints of a function', () => {
  const refresh = () => Promise.reject(new Error('down'));
  const nextAttempt = async (hintsOf: unknown): Promise<number | undefined> => {
    const clock = new FakeClock();
    const options = { refresh, clock, random: () => 1, hintsOf: hintsOf as () => RetryHints };
    const scheduler = new RefreshScheduler(options);
    await scheduler.refreshNow().catch(() => undefined);
    const { state } = scheduler;
    return state.kind === 'backing-off' ? state.urgentAttemptInMs : undefined;
  };

  it('decide about the next attempt in place of the fields of the error', async () => {
    expect(await nextAttempt(() => ({ retryInMs: 7_000 }))).toBe(7_000);
    expect(await nextAttempt(() => ({ retryAfterMs: 3_000 }))).toBe(6_000);
  });

  it.each([
    ['throws', (): unknown => JSON.parse('{')],
    ['gives nothing', () => undefined],
    ['gives nonsense', () => ({ retryInMs: 'soon', retryAfterMs: -1 })],
  ])('are none where it %s', async (_name, hintsOf) => {
    expect(await nextAttempt(hintsOf)).toBe(2_000);
  });

  it('that is no function is rejected', () => {
    expect(() => new RefreshScheduler({ refresh, hintsOf: 5 as never })).toThrow(
      'hintsOf must be a function',
    );
  });
});

describe('an option of another type', () => {
  const refresh = (): Promise<never> => Promise.reject(new Error('not called'));

  it.each<readonly [string, object]>([
    ['refresh must be a function; received number', { refresh: 5 }],
    ['random must be a function; received number', { refresh, random: 0.5 }],
    ['keepAlive must be true or false; received the text "false"', { refresh, keepAlive: 'false' }],
    ['The options of RefreshScheduler must be an object', new Set()],
  ])('is rejected: %s', (message, options) => {
    expect(() => new RefreshScheduler(options as never)).toThrow(new TypeError(message));
  });

  it('is rejected by discard', () => {
    expect(() => {
      new RefreshScheduler({ refresh }).discard({ retryAtOnce: 'yes' } as never);
    }).toThrow(new TypeError('retryAtOnce must be true or false; received the text "yes"'));
  });
});
