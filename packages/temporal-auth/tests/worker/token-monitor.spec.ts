import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import type { ProbeResult } from '../../src/connection/probe.ts';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { ProbedConnection } from '../../src/worker/probed-connection.ts';
import { TokenMonitor } from '../../src/worker/token-monitor.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';
import { RecordedEvents } from '@worker-auth/calls/tests/recorded-events';

const good: ProbeResult = { kind: 'good' };
const rejected: ProbeResult = { kind: 'rejected', reason: 'Request unauthorized.' };
const unreachable: ProbeResult = { kind: 'unreachable', reason: 'connection refused' };
const throttled: ProbeResult = { kind: 'throttled', reason: 'rate limit exceeded' };

let clock: FakeClock;
let startMs: number;
let place: ProbedConnection;
let answer: () => ProbeResult | Promise<ProbeResult>;
/** What comes of the last probe that had no answer in time. */
let lateAnswer: (result: ProbeResult) => void;
let times: number[];
let health: string[];
/** The namespaces in which a call had no answer. */
let silences: string[];
let conditions: Conditions;
let isDenied: boolean;
let monitor: TokenMonitor | undefined;

beforeEach(() => {
  clock = new FakeClock();
  startMs = clock.monotonicNow();
  answer = () => good;
  [times, health, isDenied] = [[], [], false];
  conditions = new Conditions(clock, new RecordingLogger());
  silences = [];
  monitor = undefined;
});

afterEach(() => monitor?.stop());

function silent(): ProbeResult {
  const { promise: late, resolve } = Promise.withResolvers<ProbeResult>();
  lateAnswer = resolve;
  return { kind: 'unreachable', reason: 'no answer within 5 s', late };
}

/** Begins to probe a connection. */
function start(): TokenMonitor {
  const factory = new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' });
  place = new ProbedConnection(native(new FakeConnection([factory])), false, {
    ...{ clock, random: () => 0, conditions, logger: new RecordingLogger(), events: new RecordedEvents() },
    ...{ certificates: undefined, acknowledgeResults: false, pendingResultsShare: 0.5 },
    replacement: new TokenReplacement(new FakeTokens(), clock),
    onHealth: () => health.push(started.health.kind),
  });
  vi.spyOn(place, 'probe').mockReturnValue(async ({ signal }) => {
    signal.throwIfAborted();
    times.push(clock.monotonicNow() - startMs);
    return answer();
  });
  vi.spyOn(place.token, 'rejected').mockResolvedValue(false);
  vi.spyOn(place.token.scope('default'), 'isDenied').mockImplementation(() => isDenied);
  const tryAnother = (namespace: string, late?: Promise<ProbeResult>): Promise<boolean> => {
    if (late !== undefined) silences.push(namespace);
    return Promise.resolve(false);
  };
  const started = new TokenMonitor(place, 'default', { tryAnother });
  return (monitor = started);
}

describe('while all is well', () => {
  it('probes at once and then each 20 s, less an eighth at the least', async () => {
    const monitor = start();
    expect(monitor.health).toEqual({ kind: 'unknown', wasAccepted: false });
    await clock.advance(60_000);
    expect([times, health]).toEqual([[0, 17_500, 35_000, 52_500], ['good']]);
    expect(monitor.health).toEqual({ kind: 'good', wasAccepted: true });
  });

  it('probes 50 ms after what only a probe can tell of, once for all, and 2 s after the last at the earliest', async () => {
    const monitor = start();
    await clock.advance(5_000);
    monitor.probeSoon();
    await clock.advance(30);
    monitor.probeSoon();
    await clock.advance(20);
    expect(times).toEqual([0, 5_050]);
    monitor.probeSoon();
    await clock.advance(1_999);
    monitor.probeSoon();
    await clock.advance(1);
    expect(times).toEqual([0, 5_050, 7_050]);
    await clock.advance(17_500);
    expect(times).toEqual([0, 5_050, 7_050, 24_550]);
  });
});

describe('a worker whose calls are accepted', () => {
  it('is probed 5 s after the last of them, once', async () => {
    const monitor = start();
    for (let call = 0; call < 4; call++) {
      monitor.accepted();
      await clock.advance(3_000);
    }
    expect(times).toEqual([0]);
    await clock.advance(10_000);
    expect(times).toEqual([0, 14_050]);
    await clock.advance(17_500);
    expect(times).toEqual([0, 14_050, 31_550]);
  });

  it('is probed no sooner while Temporal throttles', async () => {
    answer = () => throttled;
    const monitor = start();
    await clock.advance(0);
    monitor.accepted();
    await clock.advance(100_000);
    expect(times).toEqual([0]);
  });

  it('leaves no timer once it has ended', async () => {
    const monitor = start();
    await clock.advance(0);
    monitor.accepted();
    monitor.stop();
    await clock.advance(0);
    monitor.accepted();
    expect(clock.pendingTimers).toBe(0);
  });
});

it.each([
  [rejected, 'after 0.5, 1, 2 and then each 3 s', [0, 500, 1_500, 3_500, 6_500, 9_500]],
  [unreachable, 'less and less often, up to a minute', [0, 1_000, 5_000, 21_000, 81_000, 141_000]],
])('$kind is known by the first probe of all, and probed for %s', async (result, _when, due) => {
  answer = () => result;
  const started = start();
  await clock.advance(due.at(-1) ?? 0);
  expect([times, health]).toEqual([due, [result.kind]]);
  expect([started.health.wasAccepted, place.token.scope('default').accepts('first')]).toEqual([false, false]);
});

it('a rejected token is watched closely for a while once it is accepted again', async () => {
  answer = () => rejected;
  start();
  await clock.advance(0);
  answer = () => good;
  await clock.advance(31_500);
  expect(times).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
  await clock.advance(17_500);
  expect(times.at(-1)).toBe(49_000);
});

describe('no answer', () => {
  it('is known to be over by the first call of a worker that is accepted', async () => {
    answer = () => unreachable;
    const monitor = start();
    await clock.advance(30_000);
    answer = () => good;
    monitor.accepted();
    await clock.advance(50);
    expect(health).toEqual(['unreachable', 'good']);
  });

  it('brings no more probes than an idle worker has, while calls of workers are accepted', async () => {
    answer = () => unreachable;
    const monitor = start();
    await clock.advance(0);
    for (let second = 0; second < 70; second++) {
      monitor.accepted();
      await clock.advance(1_000);
    }
    expect(times).toEqual([0, 1_000, 5_000, 21_000, 41_000, 61_000]);
  });

  it('has a call that is accepted bring the next probe forward, each time anew', async () => {
    const monitor = start();
    for (let outage = 0; outage < 2; outage++) {
      answer = () => unreachable;
      monitor.probeSoon(0);
      await clock.advance(30_000);
      answer = () => good;
      monitor.accepted();
      await clock.advance(50);
      expect(monitor.health.kind).toBe('good');
    }
  });

  it('counts only when the next one does not come either', async () => {
    const monitor = start();
    await clock.advance(1);
    answer = () => unreachable;
    monitor.probeSoon(0);
    await clock.advance(1);
    expect(conditions.list).toEqual([]);
    answer = () => good;
    await clock.advance(1_000);
    expect([times, health]).toEqual([[0, 1, 1_001], ['good']]);
    answer = () => unreachable;
    monitor.probeSoon(0);
    await clock.advance(1_000);
    expect(health).toEqual(['good', 'unreachable']);
  });
});

it('a throttled probe says nothing of the token, and the next ones come after 3 and then each 5 minutes', async () => {
  const monitor = start();
  await clock.advance(0);
  answer = () => throttled;
  monitor.probeSoon(0);
  await clock.advance(1_020_000);
  expect(times.map((ms) => ms / 60_000)).toEqual([0, 0, 3, 8, 13]);
  expect(health).toEqual(['good']);
});

it('an answer counts for nothing when the token was replaced during the probe', async () => {
  const pending = Promise.withResolvers<ProbeResult>();
  const monitor = start();
  await clock.advance(1);
  answer = () => pending.promise;
  monitor.probeSoon(0);
  await clock.advance(1);
  place.token.current = 'second';
  answer = () => good;
  pending.resolve(rejected);
  await clock.advance(1);
  expect([times.length, health]).toEqual([3, ['good']]);
});

it('the end leaves no timer, and is for good', async () => {
  const monitor = start();
  await clock.advance(1);
  monitor.stop();
  monitor.probeSoon(0);
  await clock.advance(60_000);
  expect([times, clock.pendingTimers]).toEqual([[0], 0]);
});

describe('an answer that comes late', () => {
  beforeEach(async () => {
    start();
    await clock.advance(0);
    answer = silent;
    await clock.advance(80_000);
    expect(health).toEqual(['good', 'unreachable']);
  });

  it('counts as one that came in time', async () => {
    lateAnswer(good);
    await clock.advance(0);
    expect(health).toEqual(['good', 'unreachable', 'good']);
    expect(conditions.list).toEqual([]);
  });

  it.each([
    ['it is about the token before', () => (place.token.current = 'second')],
    ['the monitor has ended', () => monitor?.stop()],
  ])('counts for nothing when %s', async (_when, happen) => {
    happen();
    lateAnswer(rejected);
    await clock.advance(0);
    expect(health).toEqual(['good', 'unreachable']);
  });

  it('counts while the next one has none, and brings no other forward', async () => {
    const [late, count] = [lateAnswer, times.length];
    await clock.advance(60_000);
    expect(times).toHaveLength(count + 1);
    late(good);
    await clock.advance(0);
    expect([health.at(-1), times.length]).toEqual(['good', count + 1]);
  });

  it('counts for nothing after another one', async () => {
    const late = lateAnswer;
    answer = () => good;
    await clock.advance(60_000);
    late(rejected);
    await clock.advance(0);
    expect(health).toEqual(['good', 'unreachable', 'good']);
  });
});

describe('a probe that has no answer', () => {
  it('is followed by no other for the 10 s in which Core repeats it', async () => {
    answer = silent;
    start();
    await clock.advance(10_000);
    await clock.advance(999);
    expect(times).toEqual([0]);
    await clock.advance(1);
    expect(times).toEqual([0, 11_000]);
    // Unless it ends before.
    lateAnswer(good);
    await clock.advance(0);
    await clock.advance(17_500);
    expect(times).toEqual([0, 11_000, 28_500]);
  });

  it('is followed by others where no other connection can be opened', async () => {
    start().stop();
    [times, answer] = [[], silent];
    monitor = new TokenMonitor(place, 'default', undefined);
    await clock.advance(11_000);
    expect(times).toEqual([0, 11_000]);
  });

  it('has another connection tried, and one with an error has not', async () => {
    answer = silent;
    start();
    await clock.advance(0);
    answer = () => unreachable;
    await clock.advance(60_000);
    expect(silences).toEqual(['default']);
  });

  it('says nothing of another connection that is in place by then, which is probed at once', async () => {
    answer = () => {
      place.token.replaceConnection(native(new FakeConnection()), 'first');
      answer = () => good;
      return silent();
    };
    start();
    await clock.advance(2_000);
    expect([silences, times]).toEqual([[], [0, 0]]);
  });

  it('says that Temporal is unreachable when nothing is answered for 30 s', async () => {
    answer = silent;
    start();
    await clock.advance(29_999);
    expect(health).toEqual([]);
    await clock.advance(60_000);
    expect(health).toEqual(['unreachable']);
  });

  it.each(['a late answer', 'an accepted result', 'another answer'])(
    'says nothing of it after %s',
    async (what) => {
      answer = silent;
      const monitor = start();
      for (let times = 0; times < 6; times++) {
        await clock.advance(20_000);
        if (what === 'a late answer') lateAnswer(good);
        else if (what === 'an accepted result') monitor.accepted();
        else {
          answer = () => good;
          monitor.probeSoon();
          await clock.advance(2_000);
          answer = silent;
        }
      }
      expect(health.filter((kind) => kind !== 'good')).toEqual([]);
    },
  );
});

describe('the conditions', () => {
  const raised = async (): Promise<readonly string[]> => {
    await clock.advance(2_000);
    return conditions.list.map(({ code, cause }) => `${code}: ${cause}`);
  };

  it.each([
    [rejected, 'TEMPORAL_REJECTS_TOKEN: Request unauthorized.'],
    [unreachable, 'TEMPORAL_UNREACHABLE: connection refused'],
    [throttled, 'TEMPORAL_THROTTLES: rate limit exceeded'],
  ])('are raised by a probe that is $kind, and cleared by a good one', async (result, expected) => {
    answer = () => result;
    isDenied = result !== rejected;
    const monitor = start();
    expect(await raised()).toEqual([expected]);
    expect(conditions.list[0]).toMatchObject({ scope: { namespace: 'default', address: 'temporal:7233' } });
    answer = () => good;
    monitor.probeSoon(0);
    expect(await raised()).toEqual([]);
  });

  it('say that a permission is missing once that is known, in place of the rejection', async () => {
    answer = () => rejected;
    start();
    await raised();
    isDenied = true;
    await clock.advance(5_000);
    expect(await raised()).toEqual(['PERMISSION_MISSING: Request unauthorized.']);
  });

  it('do not say that a rejection is over when a call is throttled', async () => {
    answer = () => rejected;
    start();
    await raised();
    answer = () => throttled;
    await clock.advance(5_000);
    expect(await raised()).toContain('TEMPORAL_REJECTS_TOKEN: Request unauthorized.');
  });

  it('end with the monitor', async () => {
    answer = () => rejected;
    start();
    await raised();
    monitor?.stop();
    expect(await raised()).toEqual([]);
  });
});
