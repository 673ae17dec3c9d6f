import { Connection } from '@temporalio/client';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { ClientEvents } from '@worker-auth/temporal-auth';
import { FakeTemporalFrontend, MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { followClient, followGateway } from '../src/demo/follow.ts';
import { Timeline } from '../src/demo/timeline.ts';

it('tells of a refused method once until it passes again, and counts every call', async () => {
  await using oauth = await MockOAuthServer.start();
  await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
  await using gateway = await TemporalAuthGateway.start({ upstream: temporal.address, jwks: oauth.jwksUrl });
  const timeline = new Timeline(() => 0);
  const said: string[] = [];
  followGateway(gateway, timeline, (text) => said.push(text));
  const { address } = gateway;
  const connection = Connection.lazy({ address, tls: false, apiKey: oauth.mintToken() });
  const call = (): Promise<unknown> =>
    connection.workflowService.describeNamespace({ namespace: 'default' }).catch(() => undefined);

  gateway.failWith('permissionDenied');
  await call();
  await call();
  gateway.recover();
  await call();
  gateway.failWith('permissionDenied');
  await call();
  await connection.close();

  const one = 'REFUSED DescribeNamespace: fault';
  expect(said.filter((text) => text === one)).toHaveLength(2);
  expect(timeline.since(0).seconds).toMatchObject([{ polls: 0, refused: gateway.totals.refused }]);
  expect(timeline.since(0).seconds[0]?.calls).toBe(gateway.totals.passed);
});

describe('what a client tells', () => {
  let nowMs: number;
  let timeline: Timeline;
  let client: Emitter<ClientEvents>;

  beforeEach(() => {
    nowMs = 0;
    timeline = new Timeline(() => nowMs);
    client = new Emitter<ClientEvents>();
    followClient(client, timeline);
  });

  const probed = (result: ClientEvents['temporalProbed']['result']): void => {
    client.emit('temporalProbed', { result, durationMs: 1 });
    nowMs += 1_000;
  };
  const failed = (message: string): void => {
    client.emit('refreshFailed', {
      ...{ error: new Error(message), attempt: 1, retryInMs: 500, tokenRemainingMs: 0 },
      retryAfterOutlivesToken: false,
    });
  };
  const texts = (): readonly string[] => timeline.since(0).notes.map(({ text }) => text);

  it('is a span for each time in which Temporal refused the token, or did not answer', () => {
    for (const answer of ['good', 'refused', 'refused', 'unreachable', 'good'] as const) probed(answer);
    expect(timeline.since(0).spans).toMatchObject([
      { kind: 'refused', startMs: 1_000, endMs: 3_000 },
      { kind: 'unreachable', startMs: 3_000, endMs: 4_000 },
    ]);
  });

  it('is the life of each token', () => {
    const token = { tokenNumber: 3, lifetimeMs: 10_000, nextRefreshInMs: 8_000, credentialsSource: 'a' };
    client.emit('tokenRefreshed', token);
    expect(timeline.tokens).toEqual([{ id: 3, startMs: 0, refreshMs: 8_000, endMs: 10_000 }]);
  });

  it('is why there is no token, once until there is one or the reason is another', () => {
    for (const message of ['no answer', 'no answer', 'refused', 'refused']) failed(message);
    client.emit('tokenRefreshed', {
      ...{ tokenNumber: 2, lifetimeMs: 1, nextRefreshInMs: 1, credentialsSource: undefined },
    });
    failed('refused');
    const reasons = ['No token: no answer', 'No token: refused', 'Token 2 is there', 'No token: refused'];
    expect(texts()).toEqual(reasons);
  });

  it('is that another worker runs, but not that the first one does', () => {
    client.emit('workerStarted', { taskQueue: 'a', attempt: 1 });
    client.emit('workerFailed', { taskQueue: 'a', error: new Error('x'), failures: 1, retryInMs: 1 });
    client.emit('workerStarted', { taskQueue: 'a', attempt: 2 });
    expect(texts()).toEqual(['The worker has failed: another one follows', 'Another worker runs']);
  });
});
