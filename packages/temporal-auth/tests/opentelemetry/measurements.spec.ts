import { describe, expect, it } from 'vitest';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { observe } from '../../src/opentelemetry.ts';
import { type Measured, measuredWith, metricSdks } from '../support/measured.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';

const error = new ConnectivityError('secret text of a server', { code: 'TOKEN_SERVER_FAILED' });
const { tokenRefreshed, refreshFailed } = everyEvent;
const errorType = { 'error.type': 'TOKEN_SERVER_FAILED' };

interface Observed extends Measured {
  readonly source: ObservedSource;
  readonly stop: () => void;
}

function observed(sdk: (typeof metricSdks)['SDK 1'] = metricSdks['SDK 2']): Observed {
  const source = new ObservedSource();
  const measured = measuredWith(sdk);
  const stop = observe(source, { meterProvider: measured.meterProvider });
  return { ...measured, source, stop };
}

describe.each(Object.entries(metricSdks))('with %s', (_name, sdk) => {
  it('counts refreshes by outcome, and failures by code', async () => {
    const { source, points } = observed(sdk);
    for (const tokenNumber of [1, 2]) source.tell('tokenRefreshed', { ...tokenRefreshed, tokenNumber });
    source.tell('refreshFailed', { ...refreshFailed, error });
    source.tell('refreshFailed', { ...refreshFailed, error: new TypeError('not of ours') });
    expect((await points())['worker_auth.token.refreshes']).toEqual([
      { attributes: { 'worker_auth.refresh.outcome': 'success' }, value: 2 },
      { attributes: { 'worker_auth.refresh.outcome': 'failure', ...errorType }, value: 1 },
      {
        attributes: { 'worker_auth.refresh.outcome': 'failure', 'error.type': 'TypeError' },
        value: 1,
      },
    ]);
  });

  it('records requests for tokens in seconds, with buckets for requests', async () => {
    const { source, points } = observed(sdk);
    source.tell('tokenRequested', { durationMs: 250, error: undefined });
    source.tell('tokenRequested', { durationMs: 10_000, error });
    const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    expect((await points())['worker_auth.token.request.duration']).toEqual([
      { attributes: {}, value: { count: 1, sum: 0.25, boundaries } },
      { attributes: errorType, value: { count: 1, sum: 10, boundaries } },
    ]);
  });

  it('records reads of credentials by source', async () => {
    const { source, points } = observed(sdk);
    source.tell('credentialsRead', { durationMs: 20, source: 'a store', error: undefined });
    source.tell('credentialsRead', { durationMs: 40, source: 'a store', error: undefined });
    source.tell('credentialsRead', { durationMs: 3_000, source: undefined, error });
    const found = { 'worker_auth.credentials.source': 'a store' };
    expect((await points())['worker_auth.credentials.read.duration']).toMatchObject([
      { attributes: found, value: { count: 2, sum: expect.closeTo(0.06) as number } },
      { attributes: errorType, value: { count: 1, sum: 3 } },
    ]);
  });

  it('records probes by answer', async () => {
    const { source, points } = observed(sdk);
    for (const result of ['good', 'rejected', 'rejected', 'unreachable'] as const)
      source.tell('temporalProbed', { result, durationMs: 5 });
    expect((await points())['worker_auth.temporal.probe.duration']).toMatchObject([
      { attributes: { 'worker_auth.probe.result': 'good' }, value: { count: 1 } },
      { attributes: { 'worker_auth.probe.result': 'rejected' }, value: { count: 2, sum: 0.01 } },
      { attributes: { 'worker_auth.probe.result': 'unreachable' }, value: { count: 1 } },
    ]);
  });
});

describe('counters', () => {
  it('begin at 0, so that the first event is a rise', async () => {
    const { points } = observed();
    const all = await points();
    const zeros = Object.entries(all).flatMap(([name, measured]) =>
      measured.map(({ value }) => [name, value]),
    );
    const ofConditions = /condition/;
    expect(zeros.filter(([name, value]) => value === 0 && !ofConditions.test(String(name)))).toEqual([
      ['worker_auth.token.refreshes', 0],
      ['worker_auth.connection.replacements', 0],
      ...[1, 2, 3, 4].map(() => ['worker_auth.activity.results', 0]),
    ]);
  });

  it('count connections that were replaced, by the reason', async () => {
    const { source, points } = observed();
    const address = 'temporal.example:7233';
    for (const reason of ['rejected', 'rejected', 'certificate'] as const)
      source.tell('connectionReplaced', { address, reason });
    expect((await points())['worker_auth.connection.replacements']).toEqual([
      { attributes: { 'worker_auth.replacement.reason': 'rejected' }, value: 2 },
      { attributes: { 'worker_auth.replacement.reason': 'certificate' }, value: 1 },
    ]);
  });

  it('count results that were not accepted at once, and what became of them', async () => {
    const { source, points } = observed();
    const result = { activityType: 'countRows', activityId: '1', workflowId: 'orders' };
    source.tell('resultPending', { ...result, reason: 'no' });
    source.tell('resultPending', { ...result, reason: 'no' });
    source.tell('resultDelivered', result);
    source.tell('resultGone', { ...result, reason: 'no such task' });
    const abandoned = { ...result, reason: 'rejected' };
    for (const because of ['startToCloseTimeout', 'startToCloseTimeout', 'closed'] as const)
      source.tell('resultAbandoned', { ...abandoned, because });
    expect((await points())['worker_auth.activity.results']).toEqual([
      { attributes: { 'worker_auth.result.handling': 'pending' }, value: 2 },
      { attributes: { 'worker_auth.result.handling': 'delivered' }, value: 1 },
      { attributes: { 'worker_auth.result.handling': 'gone' }, value: 1 },
      { attributes: { 'worker_auth.result.handling': 'abandoned' }, value: 3 },
    ]);
  });
});

describe('error.type', () => {
  it.each<[string, unknown, string]>([
    ['the code of the error', error, 'TOKEN_SERVER_FAILED'],
    [
      'the class of one whose code is no code',
      Object.assign(new RangeError(), { code: 'my secret' }),
      'RangeError',
    ],
    ['the class of one whose code is no text', Object.assign(new TypeError(), { code: 7 }), 'TypeError'],
    ['_OTHER for one of a class without a name', new (class extends Error {})(), '_OTHER'],
    ['_OTHER for what is no error', 'a secret', '_OTHER'],
    ['_OTHER for null', null, '_OTHER'],
  ])('is %s', async (_name, thrown, expected) => {
    const { source, points } = observed();
    source.tell('refreshFailed', { ...refreshFailed, error: thrown });
    const [, point] = (await points())['worker_auth.token.refreshes'] ?? [];
    expect(point?.attributes['error.type']).toBe(expected);
  });
});

describe('two clients', () => {
  it('are told apart by the attributes that they were observed with', async () => {
    const [first, second] = [new ObservedSource(), new ObservedSource()];
    const { meterProvider, points } = measuredWith(metricSdks['SDK 2']);
    const stop = observe(first, { meterProvider, attributes: { client: 'first' } });
    observe(second, { meterProvider, attributes: { client: 'second' } });
    for (const source of [first, second]) source.tellAll(everyEvent);
    stop();
    for (const source of [first, second]) source.tell('connectionReplaced', everyEvent.connectionReplaced);
    const all = await points();
    expect(all['worker_auth.connection.replacements']).toMatchObject([
      { attributes: { client: 'first' }, value: 1 },
      { attributes: { client: 'second' }, value: 2 },
    ]);
    const unmarked = Object.values(all)
      .flat()
      .filter(({ attributes }) => attributes['client'] === undefined);
    expect(unmarked).toEqual([]);
  });
});
