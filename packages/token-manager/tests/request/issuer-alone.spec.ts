import { testClientCertificate } from '@worker-auth/testing-fakes';
import { decodeJwt } from 'jose';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { privateKeyJwt } from '../../src/private-key-jwt.ts';
import { fetchBy } from '../certified-fetch.ts';
import { ofWorkers, startOidcProvider } from '../oidc-provider-support.ts';

const clientSecret = 'a secret of 32 characters: +&%~!';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] };
const certificates = [testClientCertificate(), testClientCertificate({ selfSigned: true })] as const;

const bySecret = { credentials: { clientId: 'worker', clientSecret } };
const byKey = {
  credentials: { clientId: 'worker' },
  clientAssertion: privateKeyJwt({ key: privateKey, keyId: 'k1' }),
};
const byCertificate = (which: 0 | 1) => ({
  credentials: { clientId: 'worker' },
  fetch: fetchBy(() => certificates[which]),
});

/** What the client is registered with, and what it has. */
const methods: Readonly<Record<string, readonly [object, Omit<TokenManagerOptions, 'issuer'>]>> = {
  client_secret_basic: [{ client_secret: clientSecret }, bySecret],
  client_secret_post: [{ client_secret: clientSecret }, bySecret],
  client_secret_jwt: [{ client_secret: clientSecret }, bySecret],
  private_key_jwt: [{ jwks }, byKey],
  tls_client_auth: [{ tls_client_auth_subject_dn: 'CN=worker' }, byCertificate(0)],
  self_signed_tls_client_auth: [{ jwks: { keys: [selfSignedKey()] } }, byCertificate(1)],
};

function selfSignedKey(): object {
  const { cert } = certificates[1];
  const x5c = [cert.replaceAll(/-----[^-]+-----|\s/g, '')];
  return { ...createPublicKey(cert).export({ format: 'jwk' }), x5c };
}

function socketOf({ req }: { readonly req: IncomingMessage }): TLSSocket {
  if (req.socket instanceof TLSSocket) return req.socket;
  throw new Error('It came without TLS');
}

const mTLS = {
  ...{ enabled: true, tlsClientAuth: true, selfSignedTlsClientAuth: true },
  getCertificate: (context: { readonly req: IncomingMessage }) => socketOf(context).getPeerX509Certificate(),
  certificateAuthorized: (context: { readonly req: IncomingMessage }) => socketOf(context).authorized,
  certificateSubjectMatches: (
    context: { readonly req: IncomingMessage },
    _property: string,
    expected: string,
  ) => socketOf(context).getPeerX509Certificate()?.subject === expected,
};

it.each(Object.entries(methods))(
  'a client that has the issuer alone authenticates by %s at a server that offers nothing else',
  async (method, [registered, options]) => {
    const issuer = await startOidcProvider({
      clientAuthMethods: [method],
      clients: [{ ...ofWorkers, ...registered, client_id: 'worker', token_endpoint_auth_method: method }],
      enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'ES256'] },
      features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true }, mTLS },
    });
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as object;
    expect(metadata).toMatchObject({ token_endpoint_auth_methods_supported: [method] });
    await using tokens = new TokenManager({ issuer, ...options });
    expect(await tokens.getToken()).toMatch(/^[\w-]{20,}$/);
  },
);

it('a client gets a token for the resource and the scope that it asks for, by an id that must be encoded', async () => {
  const credentials = { clientId: 'odd:worker+1', clientSecret };
  const resource = 'https://temporal.example';
  const issuer = await startOidcProvider({
    clients: [{ ...ofWorkers, client_id: credentials.clientId, client_secret: clientSecret }],
    scopes: ['temporal:write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          ...{ scope: 'temporal:write', audience, accessTokenFormat: 'jwt', accessTokenTTL: 120 },
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  const clientAuth = 'client_secret_basic';
  await using tokens = new TokenManager({
    issuer,
    credentials,
    clientAuth,
    resource,
    scope: ['temporal:write'],
  });
  expect(decodeJwt(await tokens.getToken())).toMatchObject({
    iss: issuer,
    aud: resource,
    scope: 'temporal:write',
  });
  expect(tokens.remainingMs).toBeLessThanOrEqual(120_000);
});
