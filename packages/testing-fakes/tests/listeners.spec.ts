import { expect, it } from 'vitest';
import { CallLog } from '../src/grpc/call-log.ts';
import { FakeDaprSidecar } from '../src/dapr/fake-dapr-sidecar.ts';

it('a call is counted whatever a listener does', () => {
  const log = new CallLog<string>();
  log.subscribe(() => {
    throw new Error('no');
  });
  log.add({
    method: 'A',
    path: '/the.Service/A',
    namespace: undefined,
    metadata: {},
    verdict: 'passed',
    reason: undefined,
    token: undefined,
  });
  expect(log.counts.passed.get('A')).toBe(1);
});

it('a sidecar answers whatever a listener does, and tells the next one', async () => {
  await using sidecar = await FakeDaprSidecar.start();
  const told = Promise.withResolvers<number | undefined>();
  sidecar.subscribe(() => {
    throw new Error('no');
  });
  sidecar.subscribe(({ status }) => {
    told.resolve(status);
  });
  await (await fetch(`${sidecar.url}/v1.0/healthz`)).arrayBuffer();
  expect(await told.promise).toBe(204);
});
