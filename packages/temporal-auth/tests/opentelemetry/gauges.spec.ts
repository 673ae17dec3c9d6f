import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type Condition, type ConditionCode, conditionCodes } from '@worker-auth/calls/conditions/codes';
import type { WorkerHealth } from '@worker-auth/calls/conditions/worker-health';
import { observe } from '../../src/opentelemetry.ts';
import { type Measured, measuredWith, metricSdks } from '../support/measured.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';

const startMs = 1_700_000_000_000;
const tokenEnd = 'worker_auth.token.expiration_timestamp';
const certificateEnd = 'worker_auth.certificate.expiration_timestamp';
const workers = 'worker_auth.workers';

interface Scene {
  readonly source: ObservedSource;
  readonly clock: FakeClock;
  readonly stop: () => void;
  readonly value: (name: string) => Promise<unknown>;
  readonly points: Measured['points'];
}

function observed(
  prepare: (source: ObservedSource) => void = () => undefined,
  sdk = metricSdks['SDK 2'],
): Scene {
  const source = new ObservedSource();
  prepare(source);
  const clock = new FakeClock({ wallMs: startMs });
  const { meterProvider, points } = measuredWith(sdk);
  const stop = observe(source, { meterProvider, clock });
  const value = async (name: string): Promise<unknown> => (await points())[name]?.[0]?.value;
  return { source, clock, stop, value, points };
}

describe('the moment when the token ends', () => {
  it.each(Object.entries(metricSdks))('is one in seconds since the epoch, with %s', async (_name, sdk) => {
    const { value } = observed((source) => {
      source.tokenEndsIn(3_600_400);
    }, sdk);
    expect(await value(tokenEnd)).toBe(1_700_003_600);
  });

  it('stays where it is while its token runs down, and when that is over', async () => {
    const { source, clock, value } = observed((made) => {
      made.tokenEndsIn(60_000);
    });
    expect(await value(tokenEnd)).toBe(1_700_000_060);
    await clock.advance(50_000);
    source.tokenEndsIn(10_000);
    expect(await value(tokenEnd)).toBe(1_700_000_060);
    await clock.advance(90_000);
    source.tokenEndsIn(0);
    expect(await value(tokenEnd)).toBe(1_700_000_060);
  });

  it('is known of a token that was over before anybody collected', async () => {
    const { source, clock, value } = observed((made) => {
      made.tokenEndsIn(undefined);
    });
    source.tokenEndsIn(5_000);
    source.tell('tokenRefreshed', everyEvent.tokenRefreshed);
    await clock.advance(60_000);
    source.tokenEndsIn(0);
    expect(await value(tokenEnd)).toBe(1_700_000_005);
  });

  it('is known of a token that was there before and over when anybody collected', async () => {
    const { source, clock, value } = observed((made) => {
      made.tokenEndsIn(5_000);
    });
    await clock.advance(60_000);
    source.tokenEndsIn(0);
    expect(await value(tokenEnd)).toBe(1_700_000_005);
  });

  it('is that of the next token afterwards, also after one that was dropped', async () => {
    const { source, clock, value } = observed((made) => {
      made.tokenEndsIn(60_000);
    });
    await clock.advance(10_000);
    source.tokenEndsIn(undefined);
    await value(tokenEnd);
    source.tokenEndsIn(0);
    expect(await value(tokenEnd)).toBe(1_700_000_010);
    source.tokenEndsIn(3_600_000);
    expect(await value(tokenEnd)).toBe(1_700_003_610);
  });
});

describe('the moment when the client certificate ends', () => {
  it('is told where certificates rotate, past ones too', async () => {
    const { source, value } = observed((made) => {
      made.become({ certificate: { expiresInMs: 86_400_000 } });
    });
    expect(await value(certificateEnd)).toBe(1_700_086_400);
    source.become({ certificate: { expiresInMs: -5_000 } });
    expect(await value(certificateEnd)).toBe(1_699_999_995);
  });
});

describe('a condition', () => {
  const raised = (code: ConditionCode, since: string): Condition => ({
    ...{ code, severity: 'critical', cause: 'no', scope: {}, since, lastAt: since },
    ...{ nextAttemptAt: undefined, remedy: '' },
  });

  it('is 1 while it is so, beside how long, and 0 otherwise, for each code', async () => {
    const { source, clock, points } = observed();
    const labels = (code: string) => ({ attributes: { code, severity: 'critical' } });
    const valuesOf = async (code: string) => {
      const all = await points();
      const find = (name: string): unknown =>
        all[name]?.find(({ attributes }) => attributes['code'] === code);
      return [find('worker_auth.condition'), find('worker_auth.condition.duration')];
    };
    const since = new Date(startMs).toISOString();
    source.become({ conditions: [raised('NO_TOKEN', since)] });
    await clock.advance(90_000);
    expect((await points())['worker_auth.condition']).toHaveLength(conditionCodes.length);
    expect(await valuesOf('NO_TOKEN')).toEqual([
      { ...labels('NO_TOKEN'), value: 1 },
      { ...labels('NO_TOKEN'), value: 90 },
    ]);
    source.become({ conditions: [] });
    expect(await valuesOf('NO_TOKEN')).toEqual([
      { ...labels('NO_TOKEN'), value: 0 },
      { ...labels('NO_TOKEN'), value: 0 },
    ]);
  });

  it('of several scopes is one, as old as the oldest', async () => {
    const { source, clock, points } = observed();
    const later = new Date(startMs + 30_000).toISOString();
    const [one, other] = [raised('NO_TOKEN', new Date(startMs).toISOString()), raised('NO_TOKEN', later)];
    source.become({ conditions: [one, other] });
    await clock.advance(60_000);
    const durations = (await points())['worker_auth.condition.duration'] ?? [];
    expect(durations.filter(({ value }) => value !== 0)).toMatchObject([{ value: 60 }]);
  });
});

describe('the number of workers', () => {
  const worker = (taskQueue: string, state: WorkerHealth['state']): WorkerHealth => {
    return { taskQueue, state, restarts: 0 };
  };
  const labels = (taskQueue: string, state: string): object => ({
    'worker_auth.task_queue': taskQueue,
    'worker_auth.worker.state': state,
  });

  it('is by task queue and state', async () => {
    const { points } = observed((source) => {
      const running = worker('orders', 'RUNNING');
      const others = [worker('orders', 'WAITING'), worker('mails', 'WAITING')];
      source.become({ workers: [running, running, ...others] });
    });
    expect((await points())[workers]).toEqual([
      { attributes: labels('orders', 'running'), value: 2 },
      { attributes: labels('orders', 'waiting'), value: 1 },
      { attributes: labels('mails', 'waiting'), value: 1 },
    ]);
  });

  it('is 0 for those that there were', async () => {
    const { source, points } = observed((made) => {
      made.become({ workers: [worker('orders', 'RUNNING')] });
    });
    await points();
    source.become({ workers: [worker('orders', 'FAILED')] });
    expect((await points())[workers]).toEqual([
      { attributes: labels('orders', 'running'), value: 0 },
      { attributes: labels('orders', 'failed'), value: 1 },
    ]);
  });
});

it.each(Object.entries(metricSdks))(
  'nobody is asked any more once it has ended, with %s',
  async (_name, sdk) => {
    const { source, stop, points } = observed(() => undefined, sdk);
    await points();
    const looks = source.looks;
    await points();
    expect(source.looks).toBeGreaterThan(looks);
    stop();
    const after = source.looks;
    await points();
    source.tell('tokenRefreshed', everyEvent.tokenRefreshed);
    expect(source.looks).toBe(after);
  },
);
