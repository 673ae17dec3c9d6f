import { ConnectivityError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startGuardedTemporal } from '../src/fixtures/guarded-temporal.ts';

it('a call after the token has expired gets the reason while no new one can be had, and succeeds when one can', async () => {
  await using temporal = await startGuardedTemporal(2);
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env: { ...temporal.env, ...credentialsInEnvironment(temporal.oauth) },
    logger: new RecordingLogger(),
    autoStartTokenRefresh: false,
    token: { backoff: { minMs: 0, maxWithoutLeaseMs: 1 } },
  });
  await client.load();
  await eventually('an expired token', 10_000, () => !client.auth.isTokenValid());

  temporal.oauth.failWith('unavailable503');
  await expect(client.startWorkflow('extraction')).rejects.toThrow(ConnectivityError);
  await expect(client.startWorkflow('extraction')).rejects.toMatchObject({
    code: 'TOKEN_ENDPOINT_UNAVAILABLE',
  });

  temporal.oauth.recover();
  await eventually('the end of the backoff', 10_000, () => client.auth.isTokenValid() || tryAgain(client));
  const { workflowId } = await client.startWorkflow('extraction');
  expect(workflowId).toMatch(/^e2e-worker-/);
  expect(temporal.gateway.totals.refused).toBe(0);
});

function tryAgain(client: TemporalWorkflowClient): boolean {
  client.auth.getAccessToken().catch(() => undefined);
  return false;
}
