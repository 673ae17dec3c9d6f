import { Connection } from '@temporalio/client';
import { FakeTemporalFrontend, MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { followGateway } from '../src/demo/follow.ts';
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
