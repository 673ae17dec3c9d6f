import { discoverCredentials } from '@worker-auth/secret-store';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  TemporalWorkflowClient,
} from '@worker-auth/temporal-auth';
import { FakeDaprSidecar, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  credentialsInEnvironment,
  type TemporalWithGateway,
  startTemporalWithGateway,
} from '../src/fixtures/temporal-with-gateway.ts';

/** Nothing listens there: a port below 1024 that no service here has. */
const nobody = '127.0.0.1:9';

const sidecar = await FakeDaprSidecar.start({
  components: [{ name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault', secrets: {} }],
});
let temporal: TemporalWithGateway;
beforeAll(async () => {
  temporal = await startTemporalWithGateway();
});
afterAll(async () => {
  await sidecar.stop();
  await temporal[Symbol.asyncDispose]();
});

/** What `load()` throws with these variables over those of a client that works. */
async function loadError(changes: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  const credentials = credentialsInEnvironment(temporal.oauth);
  const env = { ...temporal.env, DAPR_HTTP_ENDPOINT: sidecar.url, ...credentials, ...changes };
  await using client = new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    env,
    logger: new RecordingLogger(),
    credentials: discoverCredentials({ applicationName: 'e2e-worker', env, dapr: { startupTimeoutMs: 500 } }),
    // What is not up yet would be waited for.
    bootTimeoutMs: 0,
  });
  return await client.load().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('load()', () => {
  it('succeeds when nothing is wrong', async () => {
    expect(await loadError({})).toBeUndefined();
  });

  it('ends with an AuthenticationError when the client secret is wrong', async () => {
    const error = await loadError({ ATLAN_e2e_worker_client_secret: 'wrong' });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
    expect(String(error)).toContain('invalid_client');
  });

  it('ends with a ConnectivityError when the OAuth server is down', async () => {
    const error = await loadError({ WORKER_AUTH_TOKEN_URL: `http://${nobody}/token` });
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: 'TOKEN_ENDPOINT_UNREACHABLE', retryable: true });
  });

  it('ends with a ConfigurationError when there are no credentials anywhere, and says what to set', async () => {
    const error = await loadError({
      ATLAN_e2e_worker_client_id: undefined,
      ATLAN_e2e_worker_client_secret: undefined,
    });
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('OAuth2 credentials not found for application "e2e-worker"');
    expect(String(error)).toContain('ATLAN_e2e_worker_client_id');
  });

  it('ends with a ConnectivityError when the credentials are not in the environment and there is no sidecar', async () => {
    const error = await loadError({
      ATLAN_e2e_worker_client_id: undefined,
      ATLAN_e2e_worker_client_secret: undefined,
      DAPR_HTTP_ENDPOINT: `http://${nobody}`,
    });
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE', retryable: true });
  });

  it('ends with a ConnectivityError when Temporal is down', async () => {
    const error = await loadError({ TEMPORAL_ADDRESS: nobody });
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', retryable: true });
    expect(String(error)).toContain('Check TEMPORAL_ADDRESS');
  });

  it('ends with a ConfigurationError when Temporal has no such namespace', async () => {
    const permissions = temporal.oauth.permissions;
    temporal.oauth.permissions = ['elsewhere:write'];
    try {
      const error = await loadError({ TEMPORAL_NAMESPACE: 'elsewhere' });
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN' });
    } finally {
      temporal.oauth.permissions = permissions;
    }
  });

  it('ends with an AuthenticationError when the token lacks the permission', async () => {
    const error = await loadError({ TEMPORAL_NAMESPACE: 'elsewhere' });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_PERMISSION_MISSING' });
  });
});
