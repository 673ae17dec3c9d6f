import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockOAuthServer, testCertificates, testClientCertificate } from '../../src/index.ts';
import { startServer } from './ask.ts';
import { type AssertionKey, createKey } from './assertions.ts';
import { fetchWith, startFor } from './mutual-tls.ts';

const clientSecret = 'a client secret: of 32 bytes, or more, with +%& in it';
let keys: Readonly<Record<'RS256' | 'PS256' | 'ES256', AssertionKey>>;

const authorities = getCACertificates('default');
afterAll(() => {
  setDefaultCACertificates(authorities);
});

beforeAll(async () => {
  setDefaultCACertificates([...authorities, testCertificates().ca]);
  const [rs256, ps256, es256] = await Promise.all(['RS256', 'PS256', 'ES256'].map((alg) => createKey(alg)));
  if (rs256 === undefined || ps256 === undefined || es256 === undefined) throw new Error('No keys');
  keys = { RS256: rs256, PS256: ps256, ES256: es256 };
});

const methods: readonly (readonly [string, () => client.ClientAuth])[] = [
  ['client_secret_basic', () => client.ClientSecretBasic(clientSecret)],
  ['client_secret_post', () => client.ClientSecretPost(clientSecret)],
  ['client_secret_jwt', () => client.ClientSecretJwt(clientSecret)],
  ['private_key_jwt', () => client.PrivateKeyJwt(keys.RS256.privateKey)],
  ['private_key_jwt', () => client.PrivateKeyJwt(keys.PS256.privateKey)],
  ['private_key_jwt', () => client.PrivateKeyJwt({ key: keys.ES256.privateKey, kid: 'key-1' })],
];

function jwksOf(auth: number): AssertionKey['jwks'] {
  return { keys: Object.values(keys)[auth - 3]?.jwks.keys ?? [] };
}

async function configure(server: MockOAuthServer, auth: client.ClientAuth): Promise<client.Configuration> {
  return client.discovery(new URL(server.issuer), 'orders:worker/ü', undefined, auth, {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Deprecated to stand out; this is a server of the test.
    execute: server.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
  });
}

describe.each([
  ['http', false, 'RS256'],
  ['https', true, 'ES256'],
] as const)('openid-client over %s', (_scheme, tls, signingAlg) => {
  it.each(methods.map(([method, create], index) => ({ method, create, index })))(
    'gets a token by $method ($index), which jose verifies',
    async ({ method, create, index }) => {
      const server = await startServer({
        tls,
        signingAlg,
        issuerPath: '/realms/x',
        clients: [{ clientId: 'orders:worker/ü', clientSecret, jwks: jwksOf(index) }],
      });
      const config = await configure(server, create());
      const { access_token: token } = await client.clientCredentialsGrant(config, { scope: 'a' });
      expect(server.tokenRequests[0]?.authentication).toEqual({ method, clientId: 'orders:worker/ü' });

      const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(server.jwksUrl)), {
        issuer: server.issuer,
        subject: 'orders:worker/ü',
        algorithms: [signingAlg],
      });
      expect(payload).toMatchObject({ permissions: ['default:write'], scope: 'a' });
    },
  );

  it('is told why it is rejected', async () => {
    const server = await startServer({ tls, clientId: 'orders:worker/ü' });
    const config = await configure(server, client.ClientSecretBasic('wrong'));
    await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({
      cause: [{ scheme: 'basic', parameters: { realm: server.issuer } }],
    });
  });
});

it.each([
  ['tls_client_auth', false],
  ['self_signed_tls_client_auth', true],
])('openid-client gets a token by %s', async (method, selfSigned) => {
  const certificate = testClientCertificate({ subjectDn: 'CN=worker', selfSigned });
  const server = await startFor(
    selfSigned ? { selfSignedCertificate: certificate.cert } : { tlsClientAuth: { subjectDn: 'CN=worker' } },
  );
  const config = await client.discovery(new URL(server.issuer), 'worker', undefined, client.TlsClientAuth(), {
    [client.customFetch]: fetchWith(certificate),
  });
  expect(config.serverMetadata().token_endpoint_auth_methods_supported).toContain(method);
  await client.clientCredentialsGrant(config);
  expect(server.tokenRequests[0]?.authentication).toEqual({ method, clientId: 'worker' });
});
