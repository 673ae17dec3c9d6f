import { ConnectivityError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';

it('a call after the token has expired gets the reason while no new one can be read, and succeeds when one can', async () => {
  await using temporal = await startTemporalWithGateway();
  const { gateway, oauth } = temporal;
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env: { ...temporal.env, ...credentialsInEnvironment(oauth) },
    logger: new RecordingLogger(),
    autoStartTokenRefresh: false,
  });
  await client.load();
  // One that no call of this test is meant to be in time for.
  oauth.lifetimeSeconds = 1;
  await client.auth.refreshToken();
  await eventually('an expired token', () => !client.auth.isTokenValid());

  oauth.failWith('unavailable503');
  const started = (): number => gateway.tokensOf('StartWorkflowExecution').length;
  await expect(client.startWorkflow('extraction')).rejects.toThrow(ConnectivityError);
  await expect(client.startWorkflow('extraction')).rejects.toMatchObject({
    code: 'TOKEN_ENDPOINT_UNAVAILABLE',
  });
  expect(started()).toBe(0);

  oauth.lifetimeSeconds = 300;
  oauth.recover();
  await eventually('the end of the backoff', () => client.auth.isTokenValid() || tryAgain(client));
  const { workflowId } = await client.startWorkflow('extraction');
  expect(workflowId).toMatch(/^e2e-worker-/);
  expect(started()).toBe(1);
  expect(gateway.tokensOf()).not.toContain(undefined);
});

function tryAgain(client: TemporalWorkflowClient): boolean {
  client.auth.getAccessToken().catch(() => undefined);
  return false;
}
