import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { WorkerHealth } from '../../src/worker/worker-health.ts';
import { observe } from '../../src/opentelemetry.ts';
import { type Measured, measuredWith, metricSdks } from '../support/measured.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';

const startMs = 1_700_000_000_000;
const tokenEnd = 'worker_auth.token.expiration_timestamp';
const certificateEnd = 'worker_auth.certificate.expiration_timestamp';
const certificateLife = 'worker_auth.certificate.lifetime';
const tokenAccepted = 'worker_auth.temporal.token_accepted';
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

  it('is not told while there is none', async () => {
    const { points } = observed((source) => {
      source.tokenEndsIn(undefined);
    });
    expect(await points()).not.toHaveProperty([tokenEnd]);
  });
});

describe('the moment when the client certificate ends', () => {
  it('is told where certificates rotate, past ones too, beside their whole life', async () => {
    const { source, value } = observed((made) => {
      made.become({ certificate: { expiresInMs: 86_400_000, lifetimeMs: 90_000_000 } });
    });
    expect(await value(certificateEnd)).toBe(1_700_086_400);
    expect(await value(certificateLife)).toBe(90_000);
    source.become({ certificate: { expiresInMs: -5_000, lifetimeMs: 90_000_000 } });
    expect(await value(certificateEnd)).toBe(1_699_999_995);
  });

  it('is not told elsewhere', async () => {
    const { points } = observed((source) => {
      source.become({ certificate: undefined });
    });
    expect(await points()).not.toHaveProperty([certificateEnd]);
    expect(await points()).not.toHaveProperty([certificateLife]);
  });
});

describe('whether Temporal takes the token', () => {
  it.each([
    ['good', 1],
    ['rejected', 0],
    ['unreachable', 0],
    ['unknown', undefined],
  ] as const)('is, while that is %s, %s', async (state, expected) => {
    const { value } = observed((source) => {
      source.become({ temporal: { state, sinceMs: undefined, reason: undefined } });
    });
    expect(await value(tokenAccepted)).toBe(expected);
  });
});

describe('the number of workers', () => {
  const worker = (taskQueue: string, state: WorkerHealth['state']): WorkerHealth => {
    return { taskQueue, state, restarts: 0 };
  };
  const of = (taskQueue: string, state: string): object => ({
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
      { attributes: of('orders', 'running'), value: 2 },
      { attributes: of('orders', 'waiting'), value: 1 },
      { attributes: of('mails', 'waiting'), value: 1 },
    ]);
  });

  it('is 0 for those that there were', async () => {
    const { source, points } = observed((made) => {
      made.become({ workers: [worker('orders', 'RUNNING')] });
    });
    await points();
    source.become({ workers: [worker('orders', 'FAILED')] });
    expect((await points())[workers]).toEqual([
      { attributes: of('orders', 'running'), value: 0 },
      { attributes: of('orders', 'failed'), value: 1 },
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

it('of two clients each is told with its own attributes, until its own end', async () => {
  const [first, second] = [new ObservedSource(), new ObservedSource()];
  const clock = new FakeClock({ wallMs: startMs });
  const { meterProvider, points } = measuredWith(metricSdks['SDK 2']);
  first.tokenEndsIn(10_000);
  second.tokenEndsIn(20_000);
  const stop = observe(first, { meterProvider, clock, attributes: { client: 'first' } });
  observe(second, { meterProvider, clock, attributes: { client: 'second' } });
  const ends = async (): Promise<unknown> => (await points())[tokenEnd];
  expect(await ends()).toEqual([
    { attributes: { client: 'first' }, value: 1_700_000_010 },
    { attributes: { client: 'second' }, value: 1_700_000_020 },
  ]);
  stop();
  first.tokenEndsIn(100_000);
  second.tokenEndsIn(200_000);
  expect(await ends()).toContainEqual({ attributes: { client: 'second' }, value: 1_700_000_200 });
  expect(await ends()).not.toContainEqual({ attributes: { client: 'first' }, value: 1_700_000_100 });
});
