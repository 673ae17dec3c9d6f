import {
  FakeDaprSidecar,
  FakeTemporalFrontend,
  MockOAuthServer,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
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

describe('authentication that is off, although there are credentials,', () => {
  const applicationName = 'postgres-extraction';
  const credentials = { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined };
  const open = {
    AtlanAuthClient: (options: AtlanAuthClientOptions) => new AtlanAuthClient(options),
    TemporalWorkflowClient: (options: AtlanAuthClientOptions) => new TemporalWorkflowClient(options),
    temporalAuth: (options: AtlanAuthClientOptions) => temporalAuth(options),
  };

  /** The warnings of one client. */
  function warnings(
    options: Partial<AtlanAuthClientOptions>,
    by: keyof typeof open = 'AtlanAuthClient',
  ): string[] {
    const logger = new RecordingLogger();
    open[by]({ applicationName, env: {}, logger, ...options });
    return logger.entries.filter(({ level }) => level === 'WARN').map(({ message }) => message);
  }

  const warningOf = (found: string): string =>
    `Authentication is off, and ${found} is not used: set ATLAN_WORKFLOW_AUTH_ENABLED=true to send tokens, or false to silence this`;

  it.each(['AtlanAuthClient', 'TemporalWorkflowClient', 'temporalAuth'] as const)(
    'is one warning of %s, which names the setting and the variable, and no value',
    (by) => {
      expect(warnings({ clientId: 'the-id', clientSecret: 'the-secret' }, by)).toEqual([
        warningOf('option clientId'),
      ]);
    },
  );

  it.each<[string, Partial<AtlanAuthClientOptions>]>([
    ['option clientSecret', { clientSecret: 'x' }],
    ['option credentials', { credentials }],
    ['option authUrl', { authUrl: 'https://oauth.example/token' }],
    ['option tokenFile', { tokenFile: '/var/run/token' }],
    ['option token.tokenUrl', { token: { tokenUrl: 'https://oauth.example/token' } }],
    ['option token.issuer', { token: { issuer: 'https://oauth.example' } }],
    ['option token.clientAssertion', { token: { clientAssertion: () => 'x' } }],
    ['option discovery', { discovery: {} }],
    ...[
      'ATLAN_postgres_extraction_client_id',
      'ATLAN_postgres_extraction_client_secret',
      'ATLAN_POSTGRES_EXTRACTION_CLIENT_ID',
      'ATLAN_postgres_extraction_client_assertion_file',
      'ATLAN_WORKFLOW_AUTH_URL',
      'ATLAN_AUTH_URL',
      'ATLAN_DEPLOYMENT_SECRET_COMPONENT',
      'ATLAN_DEPLOYMENT_SECRET_NAME',
      'ATLAN_DEPLOYMENT_SECRET_PATH',
    ].map((name): [string, Partial<AtlanAuthClientOptions>] => [name, { env: { [name]: 'canary' } }]),
  ])('is noticed by %s', (found, options) => {
    expect(warnings(options)).toEqual([warningOf(found)]);
  });

  it.each<[string, Partial<AtlanAuthClientOptions>]>([
    ['by the option', { authEnabled: false, clientId: 'x', clientSecret: 'y' }],
    ['by its variable', { clientId: 'x', clientSecret: 'y', env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'false' } }],
    ['by the newer variable', { tokenFile: '/x', env: { ATLAN_AUTH_ENABLED: 'no' } }],
    ['and nothing is configured', { env: { ATLAN_WORKFLOW_HOST: 'x', ATLAN_other_client_id: 'x' } }],
    ['and a variable is empty', { env: { ATLAN_WORKFLOW_AUTH_URL: '' } }],
  ])('is no warning when it is switched off %s', (_how, options) => {
    expect(warnings(options)).toEqual([]);
  });

  it('is no warning when it is on', () => {
    expect(warnings({ authEnabled: true, tokenFile: '/var/run/token' })).toEqual([]);
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
