import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { FakeDaprSidecar, type MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';

const applicationName = 'e2e-worker';

function sidecarWith({ clientId, clientSecret }: MockOAuthServer): Promise<FakeDaprSidecar> {
  const secret = { e2e_worker_client_id: clientId, e2e_worker_client_secret: clientSecret };
  return FakeDaprSidecar.start({
    components: [
      { name: 'statestore', type: 'state.redis' },
      {
        name: 'deployment-secret-store',
        type: 'secretstores.hashicorp.vault',
        secrets: { 'atlan-deployment-secrets': secret },
      },
    ],
  });
}

describe('where the credentials come from', () => {
  it('takes them from the environment when they are there, and the log says so', async () => {
    await using temporal = await startTemporalWithGateway();
    await using sidecar = await sidecarWith(temporal.oauth);
    const log = new RecordingLogger();
    const env = {
      ...temporal.env,
      DAPR_HTTP_ENDPOINT: sidecar.url,
      ...credentialsInEnvironment(temporal.oauth),
    };
    await using client = new TemporalWorkflowClient({ applicationName, env, logger: log });
    await client.load();
    expect(log.text()).toContain(
      'environment variables ATLAN_e2e_worker_client_id and ATLAN_e2e_worker_client_secret',
    );
    expect(sidecar.requests).toEqual([]);
  });

  it('else from the component that the sidecar registers, and the log says so', async () => {
    await using temporal = await startTemporalWithGateway();
    await using sidecar = await sidecarWith(temporal.oauth);
    const log = new RecordingLogger();
    await using client = new TemporalWorkflowClient({
      applicationName,
      env: { ...temporal.env, DAPR_HTTP_ENDPOINT: sidecar.url },
      logger: log,
    });
    await client.load();
    expect(log.text()).toContain(
      'Dapr secret store component "deployment-secret-store", secret "atlan-deployment-secrets"',
    );
    expect(sidecar.requests.map(({ path }) => path)).toContain('/v1.0/metadata');
  });
});
