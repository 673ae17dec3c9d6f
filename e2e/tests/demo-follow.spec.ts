import { Connection } from '@temporalio/client';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { ClientEvents } from '@worker-auth/temporal-auth';
import {
  FakeTemporalFrontend,
  MockOAuthServer,
  TemporalAuthGateway,
  tokenFingerprint,
} from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { followClient, followGateways, followResults } from '../src/demo/follow.ts';
import { addRule } from '../src/faults/at-gateway.ts';
import { Timeline } from '../src/demo/timeline.ts';

describe('what calls come by', () => {
  let timeline: Timeline;
  let said: string[];
  let gateway: TemporalAuthGateway;
  let connection: Connection;
  let token: string;

  beforeEach(async () => {
    const oauth = await MockOAuthServer.start();
    const temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    const settings = { upstream: temporal.address, jwks: oauth.jwksUrl };
    const gateways = [await TemporalAuthGateway.start(settings), await TemporalAuthGateway.start(settings)];
    gateway = gateways[1] as TemporalAuthGateway;
    timeline = new Timeline(() => 0);
    said = [];
    followGateways(gateways, timeline, (text) => said.push(text));
    token = oauth.mintToken();
    connection = Connection.lazy({ address: gateway.address, tls: false, apiKey: token });
    return async () => {
      await connection.close();
      await Promise.all([...gateways, oauth, temporal].map((server) => server.stop()));
    };
  });

  const call = (): Promise<unknown> =>
    connection.workflowService.describeNamespace({ namespace: 'default' }).catch(() => undefined);
  const ofClient = (): Promise<unknown> =>
    connection.workflowService.describeWorkflowExecution({ namespace: 'default' }).catch(() => undefined);

  it('is a refused method once until it passes again, and every call is counted', async () => {
    gateway.failWith('permissionDenied');
    await call();
    await call();
    gateway.recover();
    await call();
    gateway.failWith('permissionDenied');
    await call();
    expect(said.filter((text) => text === 'REFUSED DescribeNamespace, frontend 2: fault')).toHaveLength(2);
    const { refused, passed } = gateway.totals;
    expect(timeline.since(0).seconds).toMatchObject([
      { polls: 0, refused, calls: passed, refusedBy1: 0, refusedBy2: refused },
    ]);
  });

  it('is apart for the client that starts and follows workflows', async () => {
    await ofClient();
    const { calls, clientCalls } = timeline.since(0).seconds[0] ?? {};
    gateway.failWith('permissionDenied');
    await ofClient();
    expect(clientCalls).toBe(1);
    expect(timeline.since(0).seconds).toMatchObject([
      { calls, clientCalls: 1, clientRefused: 1, refused: 0 },
    ]);
  });

  it('is that a throttled call is not refused', async () => {
    // The client sends it again by itself.
    let calls = 0;
    addRule(gateway, ({ method }) =>
      method === 'DescribeNamespace' && ++calls === 1 ? 'throttled' : undefined,
    );
    await call();
    expect(timeline.since(0).seconds).toMatchObject([{ throttled: 1, refused: 0, refusedBy2: 0 }]);
  });

  it('is when a token is accepted first', async () => {
    timeline.token(1, { lifetimeMs: 10_000, refreshInMs: 8_000 }, tokenFingerprint(token));
    gateway.failWith('permissionDenied');
    await call();
    expect(timeline.tokens).toMatchObject([{ acceptedMs: undefined }]);
    gateway.recover();
    await call();
    expect(timeline.tokens).toMatchObject([{ id: 1, acceptedMs: 0 }]);
  });
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
    expect(timeline.tokens).toEqual([{ id: 3, startMs: 0, refreshMs: 8_000, endMs: 10_000, acceptedMs: 0 }]);
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

  it('is how many results are pending, delivered, gone and abandoned, each once', () => {
    const counts = followResults(client, timeline);
    const result = (workflowId: string) => ({ activityType: 'work', activityId: '1', workflowId });
    for (const id of ['a', 'b', 'c', 'a']) client.emit('resultPending', { ...result(id), reason: 'refused' });
    expect(counts).toEqual({ pending: 3, delivered: 0, gone: 0, abandoned: 0 });
    client.emit('resultDelivered', result('a'));
    client.emit('resultAbandoned', { ...result('b'), reason: 'refused', because: 'closed' });
    client.emit('resultGone', { ...result('c'), reason: 'no such task' });
    expect(counts).toEqual({ pending: 0, delivered: 1, gone: 1, abandoned: 1 });
    expect(texts().slice(-3)).toEqual([
      'The result of a is delivered',
      'A result of b is abandoned: refused',
      'Temporal no longer wants the result of c',
    ]);
  });
});
