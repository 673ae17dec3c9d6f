import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type ConditionCode, conditionCodes, conditionKinds } from '../../src/conditions/codes.ts';
import { runbookUrl } from '../../src/conditions/runbook.ts';
import { Conditions } from '../../src/conditions/conditions.ts';

const scope = { namespace: 'default', address: 'temporal:7233' };
const cause = 'Request unauthorized.';

function open() {
  const [clock, log] = [new FakeClock({ wallMs: 0 }), new RecordingLogger()];
  const conditions = new Conditions(clock, log);
  return { clock, log, conditions, codes: () => conditions.list.map(({ code }) => code) };
}

describe('a condition without a possible cause', () => {
  it('is told at once: as plain data, and by a line with its code, its scope and where the runbook has it', async () => {
    const { clock, log, conditions } = open();
    await clock.advance(1_000);
    conditions.raise('CLIENT_REJECTED', { scope: { applicationName: 'app' }, cause, retryInMs: 500 });
    expect(conditions.list).toEqual([
      {
        ...{ code: 'CLIENT_REJECTED', severity: 'critical', cause, scope: { applicationName: 'app' } },
        ...{ since: '1970-01-01T00:00:01.000Z', lastAt: '1970-01-01T00:00:01.000Z' },
        ...{ nextAttemptAt: '1970-01-01T00:00:01.500Z', remedy: conditionKinds.CLIENT_REJECTED.remedy },
      },
    ]);
    expect(log.entries).toEqual([
      {
        level: 'ERROR',
        message: `The OAuth server rejects the client: Request unauthorized. See ${runbookUrl('CLIENT_REJECTED')}`,
        meta: {
          ...{ code: 'CLIENT_REJECTED', severity: 'critical', applicationName: 'app' },
          nextAttemptAt: '1970-01-01T00:00:01.500Z',
        },
      },
    ]);
  });

  it('has one line however often it is seen, one each five minutes, and one when it is over', async () => {
    const { clock, log, conditions, codes } = open();
    for (let second = 0; second < 700; second++) {
      conditions.raise('TEMPORAL_THROTTLES', { scope, cause });
      await clock.advance(1_000);
    }
    conditions.clear('TEMPORAL_THROTTLES', scope);
    expect(log.entries.map(({ level, message }) => `${level} ${message.slice(0, 60)}`)).toEqual([
      'WARN Temporal throttles the workers: Request unauthorized. See ht',
      'WARN Temporal throttles the workers, for 300 s so far: Request un',
      'WARN Temporal throttles the workers, for 600 s so far: Request un',
      'INFO Ended after 700 s: Temporal throttles the workers',
    ]);
    expect([codes(), clock.pendingTimers]).toEqual([[], 0]);
  });

  it('is of its scope alone', () => {
    const { conditions, codes } = open();
    conditions.raise('TEMPORAL_THROTTLES', { scope, cause });
    conditions.clear('TEMPORAL_THROTTLES', { ...scope, namespace: 'other' });
    expect(codes()).toEqual(['TEMPORAL_THROTTLES']);
  });
});

describe('a possible consequence', () => {
  it('is told after 2 s when nothing brought it about', async () => {
    const { clock, conditions, codes } = open();
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { scope, cause });
    await clock.advance(1_999);
    expect(codes()).toEqual([]);
    await clock.advance(1);
    expect(codes()).toEqual(['TEMPORAL_REJECTS_TOKEN']);
  });

  it('that is over before has no line', async () => {
    const { clock, log, conditions } = open();
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { scope, cause });
    conditions.clear('TEMPORAL_REJECTS_TOKEN', scope);
    await clock.advance(10_000);
    expect(log.entries).toEqual([]);
  });

  it.each(['before', 'after'])('is not told beside its cause, which came %s', async (when) => {
    const { clock, log, conditions, codes } = open();
    const raiseCause = (): void => {
      conditions.raise('NO_TOKEN', { scope: { applicationName: 'app' }, cause: 'no answer' });
    };
    if (when === 'before') raiseCause();
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { scope, cause });
    if (when === 'after') raiseCause();
    await clock.advance(600_000);
    expect(codes()).toEqual(['NO_TOKEN']);
    expect(log.messages('ERROR').filter((text) => !text.startsWith('There is no valid'))).toEqual([]);
  });

  it('is taken back when its cause comes later, and has its end with that', async () => {
    const { clock, log, conditions, codes } = open();
    conditions.raise('TOKEN_NOT_REFRESHED', { cause: 'no answer' });
    await clock.advance(100_000);
    conditions.raise('NO_TOKEN', { cause: 'no answer' });
    await clock.advance(2_000);
    expect(codes()).toEqual(['NO_TOKEN']);
    for (const code of ['NO_TOKEN', 'TOKEN_NOT_REFRESHED'] as const) conditions.clear(code);
    expect(log.messages('INFO').toSorted()).toEqual([
      'Ended after 102 s: The access token is not refreshed',
      'Ended after 2 s: There is no valid access token',
    ]);
  });

  it('is not told beside a cause that is itself none but another one’s consequence', async () => {
    const { clock, conditions, codes } = open();
    conditions.raise('CLIENT_REJECTED', { cause });
    conditions.raise('NO_TOKEN', { cause });
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { scope, cause });
    conditions.raise('RESULTS_PENDING', { scope: { namespace: 'default' }, cause });
    await clock.advance(600_000);
    expect(codes()).toEqual(['CLIENT_REJECTED']);
  });

  it('is told when it goes on for 15 s after its cause', async () => {
    const { clock, conditions, codes } = open();
    conditions.raise('NO_TOKEN', { cause });
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { scope, cause });
    await clock.advance(60_000);
    conditions.clear('NO_TOKEN');
    await clock.advance(14_999);
    expect(codes()).toEqual([]);
    await clock.advance(1);
    expect(codes()).toEqual(['TEMPORAL_REJECTS_TOKEN']);
  });

  it('is shown too when nobody sees its cause any more', async () => {
    const { clock, conditions, codes } = open();
    conditions.raise('TEMPORAL_UNREACHABLE', { scope, cause });
    conditions.raise('RESULTS_PENDING', { scope: { namespace: 'default' }, cause });
    await clock.advance(60_000);
    conditions.forget(scope);
    await clock.advance(15_000);
    expect(codes()).toEqual(['RESULTS_PENDING']);
  });

  it('of another namespace has another cause', async () => {
    const { clock, conditions, codes } = open();
    conditions.raise('TEMPORAL_UNREACHABLE', { scope, cause });
    conditions.raise('RESULTS_PENDING', { scope: { namespace: 'other' }, cause });
    await clock.advance(2_000);
    expect(codes()).toEqual(['TEMPORAL_UNREACHABLE', 'RESULTS_PENDING']);
  });
});

describe('the end of a condition', () => {
  it('waits for what it brought about, and says what became of results', async () => {
    const { clock, log, conditions, codes } = open();
    conditions.count('delivered');
    conditions.raise('TEMPORAL_UNREACHABLE', { scope, cause });
    conditions.raise('RESULTS_PENDING', { scope: { namespace: 'default' }, cause });
    await clock.advance(380_000);
    conditions.count('abandoned');
    conditions.clear('TEMPORAL_UNREACHABLE', scope);
    expect([codes(), log.messages('INFO')]).toEqual([[], []]);
    await clock.advance(3_000);
    for (const ending of ['delivered', 'delivered', 'gone'] as const) conditions.count(ending);
    conditions.clear('RESULTS_PENDING', { namespace: 'default' });
    expect(log.entries.at(-1)).toEqual({
      level: 'INFO',
      message: 'Ended after 380 s: Temporal does not answer',
      meta: { code: 'TEMPORAL_UNREACHABLE', ...scope, delivered: 2, gone: 1, abandoned: 1 },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is none when it comes again meanwhile', async () => {
    const { clock, log, conditions, codes } = open();
    conditions.raise('TEMPORAL_UNREACHABLE', { scope, cause });
    conditions.raise('RESULTS_PENDING', { scope: { namespace: 'default' }, cause });
    await clock.advance(60_000);
    conditions.clear('TEMPORAL_UNREACHABLE', scope);
    conditions.raise('TEMPORAL_UNREACHABLE', { scope, cause });
    await clock.advance(60_000);
    expect(codes()).toEqual(['TEMPORAL_UNREACHABLE']);
    expect(log.entries).toHaveLength(1);
  });

  it('is followed by no line when it comes again for less than 10 s, and by one when that goes on', async () => {
    const { clock, log, conditions } = open();
    for (let times = 0; times < 5; times++) {
      conditions.raise('TEMPORAL_THROTTLES', { scope, cause });
      await clock.advance(5_000);
      conditions.clear('TEMPORAL_THROTTLES', scope);
      await clock.advance(times === 0 ? 5_000 : 500);
    }
    expect(log.entries.map(({ level }) => level)).toEqual(['WARN', 'INFO']);
    await clock.advance(10_000);
    conditions.raise('TEMPORAL_THROTTLES', { scope, cause });
    expect(log.messages('WARN')).toHaveLength(2);
  });

  it('has no line where nobody looks any more, and leaves no timer', async () => {
    const { clock, log, conditions, codes } = open();
    conditions.raise('TEMPORAL_THROTTLES', { scope, cause });
    conditions.forget(scope);
    conditions.raise('WORKER_FAILED', { cause });
    conditions.stop();
    conditions.raise('NO_TOKEN', { cause });
    await clock.advance(600_000);
    expect([codes(), log.entries.length, clock.pendingTimers]).toEqual([[], 1, 0]);
  });
});

it('the table has no circle of causes', () => {
  const causesOf = (code: ConditionCode): readonly ConditionCode[] =>
    conditionKinds[code].consequenceOf ?? [];
  const isAbove = (code: ConditionCode, wanted: string, depth = 0): boolean =>
    depth < 20 && causesOf(code).some((other) => other === wanted || isAbove(other, wanted, depth + 1));
  expect(conditionCodes.filter((code) => isAbove(code, code))).toEqual([]);
});
