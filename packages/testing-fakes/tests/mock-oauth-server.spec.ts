import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MockOAuthServer, type PublicJwk } from '../src/index.ts';

let server: MockOAuthServer;

beforeEach(async () => {
  server = await MockOAuthServer.start();
});

afterEach(async () => {
  await server.stop();
});

interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function requestToken(fields: Readonly<Record<string, string>> = {}): Promise<TokenAnswer> {
  const response = await fetch(server.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: server.clientId,
      client_secret: server.clientSecret,
      ...fields,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function isSignedByServer(token: string): Promise<boolean> {
  const { keys } = (await (await fetch(server.jwksUrl)).json()) as { keys: PublicJwk[] };
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  const jwk = keys.find((key) => key.kid === kid);
  return (
    jwk !== undefined &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    )
  );
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

describe('MockOAuthServer', () => {
  it('issues a token that its JWKS verifies, with the claims that Temporal reads', async () => {
    const { body } = await requestToken();
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(await isSignedByServer(String(body['access_token']))).toBe(true);
    expect(claimsOf(String(body['access_token']))).toMatchObject({
      sub: 'worker',
      permissions: ['default:write'],
    });
  });

  it.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    'names its endpoints at %s',
    async (path) => {
      const response = await fetch(`${server.issuer}${path}`);
      expect(await response.json()).toEqual({
        issuer: server.issuer,
        token_endpoint: server.tokenUrl,
        jwks_uri: server.jwksUrl,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: [
          'client_secret_basic',
          'client_secret_post',
          'client_secret_jwt',
          'private_key_jwt',
        ],
        token_endpoint_auth_signing_alg_values_supported: ['HS256', 'RS256', 'PS256', 'ES256'],
      });
    },
  );

  it('rejects a wrong secret', async () => {
    expect(await requestToken({ client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('decodes the form-encoded credentials of a Basic header', async () => {
    server.rotateClientSecret('a+b c%');
    const encoded = Buffer.from('worker:a%2Bb+c%25').toString('base64');
    const response = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${encoded}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response.status).toBe(200);
  });

  it('rejects two authentication methods in one request', async () => {
    const response = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: 'Basic d29ya2VyOnMzY3JldA==' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_secret: 's3cret' }),
    });
    expect(response.status).toBe(400);
  });

  it.each([
    { keepOld: true, status: 200 },
    { keepOld: false, status: 401 },
  ])(
    'answers $status to the old secret after a rotation with keepOld $keepOld',
    async ({ keepOld, status }) => {
      const old = server.clientSecret;
      server.rotateClientSecret('next', { keepOld });
      expect((await requestToken({ client_secret: old })).status).toBe(status);
    },
  );

  it.each([
    { keepOld: true, verified: true },
    { keepOld: false, verified: false },
  ])('lists the old signing key after a rotation: $keepOld', async ({ keepOld, verified }) => {
    const token = server.mintToken();
    server.rotateSigningKey({ keepOld });
    expect(await isSignedByServer(token)).toBe(verified);
    expect(await isSignedByServer(server.mintToken())).toBe(true);
  });

  it('mints a token that its JWKS does not verify', async () => {
    expect(await isSignedByServer(server.mintToken({ foreignKey: true }))).toBe(false);
  });

  it('mints a token that is over', () => {
    const { exp } = claimsOf(server.mintToken({ lifetimeSeconds: -10 }));
    expect(Number(exp) * 1_000).toBeLessThan(Date.now());
  });

  it('meets as many requests with a fault as were asked for', async () => {
    server.injectFault('unavailable503');
    const failed = await fetch(server.tokenUrl, { method: 'POST' });
    expect([failed.status, (await requestToken()).status]).toEqual([503, 200]);
  });

  it('fails until it recovers', async () => {
    server.failWith('forbidden403');
    expect([(await requestToken()).status, (await requestToken()).status]).toEqual([403, 403]);
    server.recover();
    expect((await requestToken()).status).toBe(200);
  });

  it('records a request before it answers it', async () => {
    const release = server.hold();
    const arrived = server.nextRequest();
    const answer = requestToken({ scope: 'a b' });
    expect((await arrived).form).toContainEqual(['scope', 'a b']);
    expect(server.issuedTokens).toEqual([]);
    release();
    expect((await answer).body).toMatchObject({ scope: 'a b' });
    expect(server.issuedTokens).toHaveLength(1);
  });

  it('rejects an empty scope and another grant', async () => {
    expect((await requestToken({ scope: '' })).body).toMatchObject({ error: 'invalid_scope' });
    expect((await requestToken({ grant_type: 'password' })).body).toMatchObject({
      error: 'unsupported_grant_type',
    });
  });

  it('takes the assertion that it is told to take', async () => {
    await using strict = await MockOAuthServer.start({ acceptAssertion: (jwt) => jwt === 'good' });
    const status = async (assertion: string): Promise<number> => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      });
      return (await fetch(strict.tokenUrl, { method: 'POST', body })).status;
    };
    expect([await status('good'), await status('bad')]).toEqual([200, 401]);
  });

  it('puts what is set from now on into its tokens', async () => {
    Object.assign(server, {
      audience: 'temporal',
      permissions: ['a:read'],
      subject: 's',
      lifetimeSeconds: 7,
    });
    const { body } = await requestToken();
    const claims = claimsOf(String(body['access_token']));
    expect(body['expires_in']).toBe(7);
    expect(claims).toMatchObject({ aud: 'temporal', permissions: ['a:read'], sub: 's' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(7);
  });

  it.each(['connectionReset', 'droppedMidBody'] as const)('breaks the connection: %s', async (name) => {
    server.injectFault(name);
    const body = fetch(server.tokenUrl, { method: 'POST' }).then((response) => response.text());
    await expect(body).rejects.toThrow(TypeError);
  });

  it.each([
    ['neverAnswers', false],
    ['headersThenSilence', true],
    ['oneByteAtATime', true],
  ] as const)('keeps a client waiting: %s, with headers: %s', async (name, hasHeaders) => {
    server.injectFault(name, { endpoint: 'jwks' });
    const leaving = new AbortController();
    const arrived = server.nextRequest();
    const answer = fetch(server.jwksUrl, { signal: leaving.signal });
    await arrived;
    if (hasHeaders) {
      const { status, body } = await answer;
      expect(status).toBe(200);
      leaving.abort();
      await body?.cancel().catch(() => undefined);
    } else {
      leaving.abort();
      await expect(answer).rejects.toThrow();
    }
    await expect.poll(() => server.openConnections).toBe(0);
  });
});
