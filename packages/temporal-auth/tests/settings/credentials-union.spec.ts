import { inspect } from 'node:util';
import { generateKeyPairSync } from 'node:crypto';
import { memoryStore, discoverCredentials } from '@worker-auth/secret-store';
import {
  assertNoLeak,
  FakeClock,
  FakeDaprSidecar,
  MockOAuthServer,
  RecordingLogger,
} from '@worker-auth/testing-fakes';
import { providers } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { temporalAuth } from '../../src/plugin.ts';
import {
  assertion,
  certificate,
  chain,
  clientSecret,
  type CredentialsOption,
  dapr,
  environment,
  openOption,
  privateKey,
} from '@worker-auth/calls/settings/credentials';
import { rejection } from '../support/scene.ts';

/** The first token with these credentials. */
async function tokenOf(
  credentials: CredentialsOption,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using auth = new AtlanAuthClient({ credentials, env, logger: new RecordingLogger() });
  return await auth.getToken();
}

function requestOf(credentials: CredentialsOption, env = {}) {
  const opened = openOption(credentials, { env, clock: new FakeClock(), onWaiting: () => undefined });
  return 'request' in opened ? opened.request : undefined;
}

const inMemory = (id = '') => {
  const secret = { orders_client_id: id, orders_client_secret: 's' };
  const store = memoryStore(id === '' ? {} : { 'atlan-deployment-secrets': secret });
  return discoverCredentials({ applicationName: 'orders', env: {}, order: [{ name: 'ours', store }] });
};

const files = { certFile: '/c', keyFile: '/k' };

describe('what contradicts itself', () => {
  it('cannot be written: tsc rejects it', () => {
    const source = { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined };
    const tokens = new AtlanAuthClient({ env: {} });
    const [server, issuer] = [{ tokenUrl: 'https://auth.example/token' }, 'https://auth.example'];
    const written: readonly (() => unknown)[] = [
      // @ts-expect-error: a source of tokens beside credentials
      () => temporalAuth({ tokens, credentials: source }),
      // @ts-expect-error: the words of the source document are those of its classes
      () => temporalAuth({ applicationName: 'orders' }),
      // @ts-expect-error: credentials in two ways
      () => new AtlanAuthClient({ credentials: source, clientId: 'a', clientSecret: 'b' }),
      // @ts-expect-error: an endpoint beside credentials, which name it
      () => new AtlanAuthClient({ credentials: source, authUrl: 'https://auth.example/token' }),
      // @ts-expect-error: half a pair
      () => new AtlanAuthClient({ clientId: 'a' }),
      // @ts-expect-error: tokens of somebody else's have no client of this name
      () => new AtlanAuthClient({ tokens }),
      // @ts-expect-error: URL and issuer
      () => clientSecret({ id: 'a', secret: 'b', ...server, issuer }),
      // @ts-expect-error: no secret
      () => clientSecret({ id: 'a', ...server }),
      // @ts-expect-error: a key beside a secret
      () => clientSecret({ id: 'a', secret: 'b', key: 'c' }),
      // @ts-expect-error: a method of another proof
      () => clientSecret({ id: 'a', secret: 'b', method: 'private_key_jwt' }),
      // @ts-expect-error: a secret beside a key
      () => privateKey({ id: 'a', key: 'b', secret: 'c' }),
      // @ts-expect-error: a secret beside an assertion
      () => assertion(() => 'a.b.c', { id: 'a', secret: 'b' }),
      // @ts-expect-error: a secret beside a certificate
      () => certificate({ id: 'a', certFile: '/c', keyFile: '/k', secret: 'b' }),
      // @ts-expect-error: a secret in a component is of an application
      () => dapr({}),
      // @ts-expect-error: credentials as they are, which is clientSecret()
      () => temporalAuth({ credentials: { clientId: 'a', clientSecret: 'b' } }),
      // @ts-expect-error: certificates in files beside those in memory
      () => temporalAuth({ tls: { ...files, serverRootCACertificate: Buffer.from('') } }),
      // @ts-expect-error: a preset of one's own, which is a TokenManager
      () => environment({ provider: providers.okta }),
    ];
    expect(written).toHaveLength(17);
  });

  it.each<[string, string, (options: never) => unknown, object]>([
    ['tokens', 'credentials', temporalAuth, { tokens: new AtlanAuthClient({ env: {} }), credentials: {} }],
    ...(['authUrl', 'clientId', 'clientSecret'] as const).flatMap((other) =>
      [AtlanAuthClient, TemporalWorkflowClient].map((client): [string, string, () => unknown, object] => [
        ...(['credentials', other] as const),
        () => new client({ credentials: inMemory('a'), [other]: 'b' }),
        {},
      ]),
    ),
    ['metadataUrl', 'tokenUrl', environment, { metadataUrl: 'https://a.example', tokenUrl: 'https://a' }],
    ['issuer', 'metadataUrl', environment, { metadataUrl: 'https://a.example', issuer: 'https://a' }],
    ['issuer', 'tokenUrl', environment, { issuer: 'https://a.example', tokenUrl: 'https://a.example' }],
    ['issuer', 'tokenUrl', clientSecret, { id: 'a', secret: 'b', issuer: 'https://a', tokenUrl: 'b' }],
    ['tls.certFile', 'tls.clientCertPair', temporalAuth, { tls: { ...files, clientCertPair: {} } }],
  ])('is a TypeError without types: %s beside %s', (one, other, make, options) => {
    expect(() => make(options as never)).toThrow(new TypeError(`Give ${one} or ${other}, not both`));
  });

  it.each<[string, () => unknown, string]>([
    [
      'a secret',
      () => requestOf(clientSecret({ id: 'a', secret: ' ' })),
      'secret must be a text that is not empty',
    ],
    [
      'an id',
      () => requestOf(privateKey({ id: '', key: generateKeyPairSync('ed25519').privateKey })),
      'id must be a text that is not empty',
    ],
    [
      'a key',
      () => privateKey({ id: 'a', key: '-----BEGIN canary' }),
      'The private key of privateKeyJwt cannot be used: it is no PEM',
    ],
    ['a function', () => assertion('a.b.c' as never), 'assertion must be a function; received string'],
    [
      'a source',
      () => requestOf({ get: 'canary' } as never),
      'credentials.get must be a function; received string',
    ],
    [
      'an option',
      () => environment({ aplication: 'a' } as never),
      'environment has no option aplication: did you mean application?',
    ],
    [
      'a client id',
      () => requestOf(assertion(() => 'a.b.c')),
      'assertion() has no id. Give it, or set WORKER_AUTH_CLIENT_ID.',
    ],
  ])('is rejected where it is no %s', (_what, make, message) => {
    expect(make).toThrow(message);
    expect(make).not.toThrow('canary');
  });
});

describe('credentials', () => {
  it('of each kind bring a token', async () => {
    const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' as const };
    await using oauth = await MockOAuthServer.start({
      clients: [{ clientId: 'signer', jwks: { keys: [jwk] } }],
    });
    await using other = await MockOAuthServer.start({ acceptAssertion: (given) => given === 'a.b.c' });
    await tokenOf(privateKey({ id: 'signer', key, issuer: oauth.issuer }));
    expect(oauth.tokenRequests.at(-1)?.authentication?.method).toBe('private_key_jwt');
    const keyOfClient = { ...key.export({ format: 'jwk' }), kid: 'k1' };
    await tokenOf(privateKey({ id: 'signer', key: keyOfClient, issuer: oauth.issuer }));
    await tokenOf(assertion(() => 'a.b.c', { id: other.clientId, tokenUrl: other.tokenUrl }));
    expect([oauth.issuedTokens.length, other.issuedTokens.length]).toEqual([2, 1]);
  });

  it('are sent as the method says, and ask for what the options say, else the environment', async () => {
    await using oauth = await MockOAuthServer.start();
    const { clientId: id, clientSecret: secret, tokenUrl } = oauth;
    const env = { WORKER_AUTH_TOKEN_URL: tokenUrl, WORKER_AUTH_SCOPE: 'c', WORKER_AUTH_AUDIENCE: 'urn:env' };
    const asked = { scope: ['a', 'b'], extraParams: { organization: 'o' } };
    await tokenOf(clientSecret({ id, secret, method: 'client_secret_basic', ...asked }), env);
    const [request] = oauth.tokenRequests;
    expect(request?.authentication?.method).toBe('client_secret_basic');
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({
      scope: 'a b',
      audience: 'urn:env',
      organization: 'o',
    });
  });

  it('take what a preset says, under what is given beside it', () => {
    const issuer = 'https://o.example';
    const asked = (more: object, env = {}) =>
      requestOf(clientSecret({ id: 'a', secret: 'b', issuer, ...more }), env);
    expect(asked({ provider: 'okta' })).toMatchObject({ issuer, ...providers.okta });
    expect(asked({ provider: 'dex' })).toMatchObject({ issuer, scope: 'openid groups' });
    expect(asked({ provider: 'dex', scope: 'b' })).toMatchObject({ issuer, scope: 'b' });
    expect(asked({}, { WORKER_AUTH_PROVIDER: 'okta' })).toMatchObject(providers.okta);
  });

  it('show no secret, however they are looked at', () => {
    const credentials = clientSecret({ id: 'a', secret: 'canary-secret', tokenUrl: 'https://auth.example' });
    const shown = [
      inspect(credentials, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(credentials),
    ];
    assertNoLeak(shown.join(), ['canary-secret']);
    expect(shown[0]).toContain("kind: 'clientSecret'");
  });
});

describe('chain', () => {
  it('takes the first that has credentials', async () => {
    await using oauth = await MockOAuthServer.start({ clients: [{ clientId: 'c', clientSecret: 's' }] });
    const env = { WORKER_AUTH_TOKEN_URL: oauth.tokenUrl };
    await tokenOf(chain(environment(), inMemory(), inMemory('c'), inMemory('d')), env);
    expect(oauth.tokenRequests[0]?.authentication?.clientId).toBe('c');
  });

  it('says of all what they lack', async () => {
    const env = { WORKER_AUTH_TOKEN_URL: 'https://auth.example/token' };
    const error = (await rejection(tokenOf(chain(environment(), inMemory()), env))) as Error;
    expect(error).toMatchObject({ kind: 'configuration', code: 'SECRET_STORE_CREDENTIALS_NOT_FOUND' });
    expect(error.message).toMatch(
      /^OAuth2 credentials not found. Set WORKER_AUTH_CLIENT_ID[^]*- ours: no secret/,
    );
  });

  it('ends with one that cannot answer, which is not one that has none', async () => {
    const failing = { get: () => Promise.reject(new Error('vault sealed')), invalidate: () => undefined };
    const env = { WORKER_AUTH_TOKEN_URL: 'https://auth.example/token' };
    const error = await rejection(tokenOf(chain(environment(), failing, inMemory('c')), env));
    expect(error).toMatchObject({ kind: 'connectivity', code: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED' });
  });

  it('reads all again when the client was rejected', async () => {
    await using oauth = await MockOAuthServer.start();
    const secret = { orders_client_id: oauth.clientId, orders_client_secret: oauth.clientSecret };
    const component = { name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault' };
    const secrets = (given: object) => ({ 'atlan-deployment-secrets': given as Record<string, string> });
    await using sidecar = await FakeDaprSidecar.start({
      components: [{ ...component, secrets: secrets(secret) }],
    });
    const env = { WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, DAPR_HTTP_ENDPOINT: sidecar.url };
    const credentials = chain(environment(), dapr({ application: 'orders' }));
    await using auth = new AtlanAuthClient({ credentials, env, logger: new RecordingLogger() });
    await auth.getToken();
    const rotated = { ...secret, orders_client_secret: oauth.rotateClientSecret() };
    sidecar.setSecrets(component.name, secrets(rotated));
    expect(await auth.refreshToken()).toBe(oauth.issuedTokens[1]);
  });
});
