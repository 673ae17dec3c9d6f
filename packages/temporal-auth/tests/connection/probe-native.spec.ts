import { NativeConnection } from '@temporalio/worker';
import { systemClock } from '@worker-auth/internal';
import { FakeTemporalFrontend, tokenFingerprint } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { Probe } from '../../src/connection/probe.ts';

it('the token of one call wins over the API key of its native connection, for that call alone', async () => {
  await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
  const { address } = temporal;
  const connection = await NativeConnection.connect({ address, tls: false, apiKey: 'current' });
  const probe = new Probe({ address, namespace: 'default', clock: systemClock, explain: String });
  const { signal } = new AbortController();
  for (const token of ['another', undefined]) await probe.ask({ connection, token, signal });
  expect(temporal.tokensOf('RecordWorkerHeartbeat')).toEqual(['another', 'current'].map(tokenFingerprint));
  await connection.close();
});
