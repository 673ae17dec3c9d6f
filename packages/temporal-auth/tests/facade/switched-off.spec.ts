import { FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions } from '../../src/settings/client-options.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';

/** Nothing in here could be used. */
const nonsense: AnyAuthOptions = {
  clientId: 'half a pair',
  authUrl: 'no',
  env: {
    ATLAN_WORKFLOW_AUTH_URL: 'no url',
    DAPR_HTTP_PORT: 'no port',
    DAPR_HTTP_ENDPOINT: 'no endpoint',
    ATLAN_WORKFLOW_AUTH_ENABLED: 'false',
  },
};

function createClient(options: AnyAuthOptions = {}): AtlanAuthClient {
  return new AtlanAuthClient({
    applicationName: 'postgres-extraction',
    env: {},
    logger: new RecordingLogger(),
    ...options,
  } as AtlanAuthClientOptions);
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

  it('looks at no other setting, so that none of them can be wrong', async () => {
    const client = createClient({ ...nonsense, authEnabled: false });
    expect(await client.getAccessToken()).toBeUndefined();
    expect(createClient(nonsense).isAuthEnabled()).toBe(false);
  });

  it('looks at them once authentication is on', () => {
    expect(() => createClient({ ...nonsense, authEnabled: true })).toThrow(
      'there is clientId, but no clientSecret',
    );
    const env = { DAPR_HTTP_PORT: 'no port' };
    expect(() => createClient({ authEnabled: true, env })).toThrow('DAPR_HTTP_PORT');
  });

  it('has no token to give to who insists, and says what to set', async () => {
    await expect(createClient().getToken()).rejects.toMatchObject({
      code: 'TEMPORAL_AUTH_SWITCHED_OFF',
      kind: 'configuration',
      message: expect.stringMatching(/^Authentication is off. Configure credentials/) as string,
    });
  });
});

describe('credentials that are configured', () => {
  const applicationName = 'postgres-extraction';
  const credentials = { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined };
  const application = 'ATLAN_postgres_extraction_client';

  /** Whether tokens are sent, and the lines of the log. */
  function opened(options: AnyAuthOptions): readonly [isOn: boolean, lines: string] {
    const logger = new RecordingLogger();
    const client = createClient({ applicationName, logger, ...options });
    return [client.isAuthEnabled(), logger.text()];
  }

  const configured: readonly (readonly [found: string, options: AnyAuthOptions])[] = [
    ['option clientId', { clientId: 'the-id', clientSecret: 'the-secret' }],
    ['option credentials', { credentials }],
    ...[
      ...['WORKER_AUTH_TOKEN_FILE', `${application}_id`, `${application.toUpperCase()}_ID`],
      ...[`${application}_assertion_file`],
    ].map((name) => [name, { env: { [name]: 'canary' } }] as const),
    ...['WORKER_AUTH_CLIENT', 'ATLAN_AUTH_CLIENT'].map(
      (name) => [`${name}_ID`, { env: { [`${name}_ID`]: 'a', [`${name}_SECRET`]: 'canary' } }] as const,
    ),
  ];

  it.each(configured)('switch authentication on: %s', (_found, options) => {
    expect(opened(options)).toEqual([true, '']);
  });

  it.each(configured)('are logged once where it is switched off: %s', (found, options) => {
    const line = (from: string) => `INFO Authentication is off (${from}), and ${found} is not used`;
    expect(opened({ ...options, authEnabled: false })).toEqual([false, line('option authEnabled')]);
    for (const name of ['WORKER_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED', 'ATLAN_WORKFLOW_AUTH_ENABLED']) {
      const env = { ...options.env, [name]: 'false' };
      expect(opened({ ...options, env })).toEqual([false, line(name)]);
    }
  });

  it.each<AnyAuthOptions>([
    { env: { ATLAN_WORKFLOW_HOST: 'x', ATLAN_other_client_id: 'x', AZURE_FEDERATED_TOKEN_FILE: '/x' } },
    { env: { ATLAN_WORKFLOW_AUTH_URL: '' } },
  ])('are not these: %j', (options) => {
    expect(opened(options)).toEqual([false, '']);
  });

  it.each([
    ...['WORKER_AUTH_TOKEN_URL', 'WORKER_AUTH_ISSUER', 'WORKER_AUTH_METADATA_URL'],
    ...['ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL'],
    ...['ATLAN_DEPLOYMENT_SECRET_COMPONENT', 'ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'],
  ])('are not said by %s, and that is a warning', (name) => {
    const line = `WARN Authentication is off, and ${name} is not used: set WORKER_AUTH_ENABLED=true where a secret store has the credentials`;
    expect(opened({ env: { [name]: 'https://canary.example' } })).toEqual([false, line]);
  });

  it('of a plugin are switched off by the environment too, and a source of tokens is', () => {
    for (const given of [{ credentials }, { tokens: createClient() }]) {
      const logger = new RecordingLogger();
      const auth = temporalAuth({ ...given, env: { WORKER_AUTH_ENABLED: 'no' }, logger });
      expect(auth.health().auth.state).toBe('off');
      expect(logger.text()).toMatch(
        /^INFO Authentication is off \(WORKER_AUTH_ENABLED\), and option \w+ is not used$/,
      );
    }
  });
});
