import { FakeClock, FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyAuthOptions, AtlanAuthClientOptions } from '../../src/settings/auth-options.ts';
import { AuthenticationError } from '../../src/errors/temporal-auth-error.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '../support/auth-options.ts';

let oauth: MockOAuthServer;
let log: RecordingLogger;
let clients: AtlanAuthClient[];

beforeEach(async () => {
  oauth = await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 3_600 });
  log = new RecordingLogger();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.stop();
  await oauth.stop();
});

function createClient(options: AnyAuthOptions = {}): AtlanAuthClient {
  const client = new AtlanAuthClient({
    ...authOptions(oauth),
    logger: log,
    ...options,
  } as AtlanAuthClientOptions);
  clients.push(client);
  return client;
}

describe('AtlanAuthClient', () => {
  it('gets a token once and serves it from the cache', async () => {
    const client = createClient();
    const token = await client.getAccessToken();
    expect(token).toBe(oauth.issuedTokens[0]);
    expect(await client.getAccessToken()).toBe(token);
    expect(oauth.tokenRequests).toHaveLength(1);
  });

  it('makes the header for other services', async () => {
    const client = createClient();
    expect(await client.getAuthenticatedHeaders()).toEqual({
      authorization: `Bearer ${oauth.issuedTokens[0] ?? ''}`,
    });
  });

  it('gets a new token when it is told to refresh', async () => {
    const client = createClient();
    const first = await client.getAccessToken();
    const second = await client.refreshToken();
    expect(second).not.toBe(first);
    expect(await client.getAccessToken()).toBe(second);
  });

  it('says when the token ends', async () => {
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({ clock });
    expect([client.isTokenValid(), client.getTokenExpiryTime(), client.getTimeUntilExpiry()]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    await client.getAccessToken();
    expect(client.isTokenValid()).toBe(true);
    expect(client.getTimeUntilExpiry()).toBeCloseTo(3_600_000, -4);
    expect(client.getTokenExpiryTime()?.getTime()).toBeCloseTo(clock.wallNow() + 3_600_000, -4);
    await clock.advance(3_600_000);
    expect(client.isTokenValid()).toBe(false);
    expect(client.getTimeUntilExpiry()).toBe(0);
  });

  it.each([null, 5, '', ' '])('rejects the application name %j', (applicationName) => {
    const create = () => createClient({ applicationName: applicationName as string });
    expect(create).toThrow(TypeError);
    expect(create).toThrow('applicationName must not be empty');
  });

  it('reads the variables of the process when it is given no others', () => {
    vi.stubEnv('ATLAN_WORKFLOW_AUTH_ENABLED', 'true');
    try {
      const options = { authEnabled: undefined, clientId: undefined, clientSecret: undefined };
      expect(createClient({ ...options, env: undefined }).isAuthEnabled()).toBe(true);
      expect(createClient(options).isAuthEnabled()).toBe(false);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('tells subscribers of each new token, of those made before the first one too', async () => {
    const client = createClient();
    const seen: string[] = [];
    const unsubscribe = client.subscribe((token) => seen.push(token));
    await client.getAccessToken();
    await client.refreshToken();
    unsubscribe();
    await client.refreshToken();
    expect(seen).toEqual(oauth.issuedTokens.slice(0, 2));
  });

  it('keeps the token fresh in the background after start()', async () => {
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({ clock, random: () => 0 });
    await client.getAccessToken();
    await client.start();
    const next = oauth.nextRequest();
    await clock.advance(1_085_000);
    await next;
    expect(oauth.tokenRequests).toHaveLength(2);
  });
});

describe('credentials', () => {
  function sidecarWith(secret: Record<string, string>): Promise<FakeDaprSidecar> {
    return FakeDaprSidecar.start({
      components: [
        {
          name: 'deployment-secret-store',
          type: 'secretstores.hashicorp.vault',
          secrets: { 'atlan-deployment-secrets': secret },
        },
      ],
    });
  }

  it('are found in the environment, and the log says so', async () => {
    const env = {
      ATLAN_postgres_extraction_client_id: oauth.clientId,
      ATLAN_postgres_extraction_client_secret: oauth.clientSecret,
    };
    const client = createClient({ clientId: undefined, clientSecret: undefined, env });
    await client.getAccessToken();
    expect(log.text()).toContain(
      'obtained with the credentials from environment variables ATLAN_postgres_extraction',
    );
    expect(client.health().credentialsSource).toContain('environment variables');
  });

  it('are read again when the server rejects the client: rotation without a restart', async () => {
    const secret = {
      postgres_extraction_client_id: oauth.clientId,
      postgres_extraction_client_secret: oauth.clientSecret,
    };
    await using sidecar = await sidecarWith(secret);
    const env = { DAPR_HTTP_ENDPOINT: sidecar.url };
    const client = createClient({ clientId: undefined, clientSecret: undefined, env });
    await client.getAccessToken();
    const rotated = oauth.rotateClientSecret();
    sidecar.setSecrets('deployment-secret-store', {
      'atlan-deployment-secrets': { ...secret, postgres_extraction_client_secret: rotated },
    });
    expect(await client.refreshToken()).toBe(oauth.issuedTokens[1]);
  });

  it('that the server rejects are an authentication error', async () => {
    const client = createClient({ clientSecret: 'wrong' });
    await expect(client.getAccessToken()).rejects.toThrow(AuthenticationError);
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
  });

  it('are read again after clearCache()', async () => {
    const secret = {
      postgres_extraction_client_id: oauth.clientId,
      postgres_extraction_client_secret: oauth.clientSecret,
    };
    await using sidecar = await sidecarWith(secret);
    const client = createClient({
      clientId: undefined,
      clientSecret: undefined,
      env: { DAPR_HTTP_ENDPOINT: sidecar.url },
    });
    await client.getAccessToken();
    const reads = sidecar.requests.length;
    client.clearCache();
    expect(client.isTokenValid()).toBe(false);
    await client.getAccessToken();
    expect(sidecar.requests.length).toBeGreaterThan(reads);
  });
});
