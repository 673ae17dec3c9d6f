import {
  FakeDaprSidecar,
  FakeTemporalFrontend,
  MockOAuthServer,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { AtlanAuthClientOptions } from '../../src/settings/auth-options.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

/** Nothing in here could be used. */
const nonsense: Omit<AtlanAuthClientOptions, 'applicationName'> = {
  clientId: 'half a pair',
  credentials: { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined },
  token: { tokenUrl: 'no', issuer: 'no', timeoutMs: -1 },
  env: {
    ATLAN_WORKFLOW_AUTH_URL: 'no url',
    DAPR_HTTP_PORT: 'no port',
    DAPR_HTTP_ENDPOINT: 'no endpoint',
    ATLAN_WORKFLOW_AUTH_ENABLED: 'false',
  },
};

function createClient(options: Partial<AtlanAuthClientOptions> = {}): AtlanAuthClient {
  return new AtlanAuthClient({
    applicationName: 'postgres-extraction',
    env: {},
    logger: new RecordingLogger(),
    ...options,
  });
}

describe('AtlanAuthClient with authentication off', () => {
  it('has no token, and no request leaves', async () => {
    await using oauth = await MockOAuthServer.start();
    await using sidecar = await FakeDaprSidecar.start();
    const env = { DAPR_HTTP_ENDPOINT: sidecar.url, ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl };
    const client = createClient({ env });
    await client.start();
    client.clearCache();
    expect(await client.getAccessToken()).toBeUndefined();
    expect(await client.refreshToken()).toBeUndefined();
    expect(await client.getAuthenticatedHeaders()).toEqual({});
    expect([client.isAuthEnabled(), client.isTokenValid(), client.peek()]).toEqual([false, false, undefined]);
    expect([client.getTokenExpiryTime(), client.getTimeUntilExpiry(), client.health().refreshInMs]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await client.stop();
    expect([...oauth.requests, ...sidecar.requests]).toEqual([]);
  });

  it('has credentials from nowhere', () => {
    expect(createClient().health().credentialsSource).toBeUndefined();
  });

  it('looks at no other setting, so that none of them can be wrong', async () => {
    const client = createClient({ ...nonsense, authEnabled: false });
    expect(await client.getAccessToken()).toBeUndefined();
    expect(createClient(nonsense).isAuthEnabled()).toBe(false);
  });

  it('looks at them once authentication is on', () => {
    expect(() => createClient({ ...nonsense, authEnabled: true })).toThrow(TypeError);
    const env = { DAPR_HTTP_PORT: 'no port' };
    expect(() => createClient({ authEnabled: true, env })).toThrow('DAPR_HTTP_PORT');
  });

  it('takes listeners, and calls none', () => {
    const client = createClient();
    const leave = [
      client.subscribe(() => undefined),
      client.on('tokenRefreshed', () => undefined),
      client.on('refreshFailed', () => undefined),
    ];
    expect(() => {
      for (const end of leave) end();
    }).not.toThrow();
  });

  it('has no token to give to who insists, and says what to set', async () => {
    await expect(createClient().getToken()).rejects.toMatchObject({
      code: 'TEMPORAL_AUTH_SWITCHED_OFF',
      kind: 'configuration',
      message: 'Authentication is off: set ATLAN_WORKFLOW_AUTH_ENABLED=true to use tokens.',
    });
  });
});

describe('TemporalWorkflowClient with authentication off', () => {
  it('sends no authorization', async () => {
    await using temporal = await FakeTemporalFrontend.start({ acceptToken: () => true });
    await using client = new TemporalWorkflowClient({
      ...nonsense,
      authEnabled: false,
      applicationName: 'postgres-extraction',
      logger: new RecordingLogger(),
      host: '127.0.0.1',
      port: temporal.port,
    });
    await client.load();
    expect(temporal.tokensOf('DescribeNamespace')).toEqual([undefined]);
  });
});
