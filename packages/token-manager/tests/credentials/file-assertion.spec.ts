import { type FakeClock, MockOAuthServer, type MockOAuthServerOptions } from '@worker-auth/testing-fakes';
import type { ProjectedVolume } from '@worker-auth/workspace/projected-volume';
import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode as codes } from '../../src/errors.ts';
import { fileAssertion } from '../../src/credentials/file-assertion.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import type { ClientCredentials } from '@worker-auth/internal';
import { fileClock, openVolume } from '../file-support.ts';
import { rejectionOf } from '../support.ts';

const subject = 'system:serviceaccount:default:orders';

/** A cluster that signs assertions into a file, and a server that takes them for the client `worker`. */
interface FederatedScene {
  readonly cluster: MockOAuthServer;
  readonly server: MockOAuthServer;
  readonly volume: ProjectedVolume;
  readonly clock: FakeClock;
  readonly tokens: TokenManager;
  /** An assertion for the server, different from all before, with `claims` over the good ones. */
  readonly assertion: (claims?: Readonly<Record<string, unknown>>) => string;
}

/** The two ways to name the file. */
const ways: readonly [
  string,
  (file: string) => Pick<TokenManagerOptions, 'credentials' | 'clientAssertion'>,
][] = [
  [
    'the option clientAssertion',
    (file) => ({ credentials: { clientId: 'worker' }, clientAssertion: fileAssertion(file) }),
  ],
  ['the credentials', (file) => ({ credentials: { clientId: 'worker', clientAssertionFile: file } })],
  [
    'a credential source',
    (file) => ({ credentials: sourceOf({ clientId: 'worker', clientAssertionFile: file, source: 'us' }) }),
  ],
];

function sourceOf(
  credentials: ClientCredentials,
): Exclude<TokenManagerOptions['credentials'], ClientCredentials> {
  return { get: () => Promise.resolve(credentials), invalidate: () => undefined };
}

async function openScene(
  way: (file: string) => Pick<TokenManagerOptions, 'credentials' | 'clientAssertion' | 'clientAuth'>,
  serverOptions: MockOAuthServerOptions = {},
): Promise<FederatedScene> {
  const clock = fileClock();
  const cluster = await MockOAuthServer.start({ subject, clock, signingAlg: 'ES256' });
  const server = await MockOAuthServer.start({
    clock,
    signingAlg: 'ES256',
    trustedIssuers: [{ issuer: cluster.issuer, jwks: cluster.jwksUrl, subjects: { [subject]: 'worker' } }],
    ...serverOptions,
  });
  let count = 0;
  const assertion = (claims: Readonly<Record<string, unknown>> = {}): string =>
    cluster.mintToken({ claims: { aud: server.issuer, jti: String(++count), ...claims } });
  const volume = await openVolume(assertion());
  const tokens = new TokenManager({
    tokenUrl: server.tokenUrl,
    clock,
    random: () => 1,
    ...way(volume.path),
  });
  onTestFinished(async () => {
    await tokens.stop();
    await server.stop();
    await cluster.stop();
  });
  return { cluster, server, volume, clock, tokens, assertion };
}

function sentAssertions(server: MockOAuthServer): readonly (string | undefined)[] {
  return server.tokenRequests.map(({ form }) => new Map(form).get('client_assertion'));
}

describe.each(ways)('an assertion from a file that is named by %s', (_name, way) => {
  it('authenticates the client, with no secret in the request', async () => {
    const { server, volume, tokens, assertion } = await openScene(way);
    const sent = assertion();
    await volume.write(`${sent}\n`);
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
    expect(Object.fromEntries(server.tokenRequests[0]?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'worker',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: sent,
    });
  });

  it('is read anew for each request', async () => {
    const { server, volume, tokens, assertion } = await openScene(way);
    await tokens.getToken();
    const second = assertion();
    await volume.write(second);
    await tokens.getToken({ forceRefresh: true });
    expect(sentAssertions(server).at(-1)).toBe(second);
  });

  it('that was rotated while the server rejects the one before is sent within 5 s', async () => {
    const { server, volume, clock, tokens, assertion } = await openScene(way);
    await volume.write(assertion({ aud: 'https://other.example' }));
    tokens.start();
    await clock.advance(20_000);
    // At 0 s, and each second until 10 s.
    expect(server.tokenRequests).toHaveLength(11);
    const second = assertion();
    await volume.write(second);
    await clock.advance(5_000);
    expect(tokens.peek()).toBe(server.issuedTokens[0]);
    expect(sentAssertions(server).at(-1)).toBe(second);
  });

  it('that is rotated while it is sent is sent again at once', async () => {
    const { server, volume, tokens, assertion } = await openScene(way);
    await volume.write(assertion({ aud: 'https://other.example' }));
    const second = assertion();
    const release = server.hold();
    const arrived = server.nextRequest();
    const asking = tokens.getToken();
    await arrived;
    await volume.write(second);
    release();
    expect(await asking).toBe(server.issuedTokens[0]);
    expect(sentAssertions(server)).toHaveLength(2);
  });

  it.each<[string, string, (path: string, scene: FederatedScene) => Promise<unknown>]>([
    ['vanishes', codes.fileUnreadable, (path) => rm(path)],
    ['is empty', codes.fileNotReady, (path) => writeFile(path, '\n')],
    [
      'is half written',
      codes.fileNotReady,
      (path, { assertion }) => writeFile(path, assertion().slice(0, -10)),
    ],
  ])('whose file %s is an error that names it, and no request leaves', async (_what, code, spoil) => {
    const scene = await openScene(way);
    const { server, volume, clock, tokens, assertion } = scene;
    await spoil(volume.path, scene);
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(volume.path);
    expect(server.requests).toEqual([]);
    await rm(volume.path, { force: true });
    await writeFile(volume.path, assertion());
    await clock.advance(2_000);
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  // What Keycloak 26.7.3 answers too.
  it.each([
    ['of another issuer', { iss: 'https://x.example' }, 'Invalid client or Invalid client credentials'],
    ['about somebody else', { sub: 'other' }, 'Invalid client or Invalid client credentials'],
    ['for another audience', { aud: 'https://x.example' }, 'Invalid token audience'],
    ['that is over', { exp: 1_000_000_000 }, 'Token is not active'],
  ])('%s is rejected with the words of the server and what to check', async (_what, claims, description) => {
    const { volume, tokens, assertion } = await openScene(way);
    await volume.write(assertion(claims));
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.clientRejected, oauthError: 'invalid_client', description });
    expect(String(error)).toContain(
      `invalid_client: ${description}. Check the client id, and the issuer, the subject, the audience and the end of the assertion`,
    );
  });
});

describe('credentials that name a file', () => {
  it('beside a secret are rejected with both names', () => {
    const credentials = { clientId: 'worker', clientSecret: 'canary', clientAssertionFile: '/token' };
    const create = (): unknown => new TokenManager({ tokenUrl: 'https://issuer.example', credentials });
    expect(create).toThrow(TypeError);
    expect(create).toThrow('credentials has both a clientSecret and a clientAssertionFile');
    expect(create).not.toThrow('canary');
  });

  it('from a source, beside a secret, are a typed error with both names', async () => {
    const { server, tokens } = await openScene((file) => ({
      credentials: sourceOf({ clientId: 'worker', clientSecret: 'canary', clientAssertionFile: file }),
    }));
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.invalidCredentials, kind: 'configuration' });
    expect(String(error)).toContain('both a clientSecret and a clientAssertionFile');
    expect(server.requests).toEqual([]);
  });

  it.each(['client_secret_post', 'client_secret_basic'] as const)(
    'are proven by that, however a secret would be sent: %s',
    async (clientAuth) => {
      const { server, tokens } = await openScene((file) => ({
        credentials: { clientId: 'worker', clientAssertionFile: file },
        clientAuth,
      }));
      expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
      expect(server.tokenRequests[0]?.authentication).toEqual({
        method: 'federated_jwt',
        clientId: 'worker',
      });
    },
  );

  it('stand back behind the assertion of the options', async () => {
    const { server, volume, tokens, assertion } = await openScene((file) => ({
      credentials: { clientId: 'worker', clientAssertionFile: '/nowhere' },
      clientAssertion: fileAssertion(file),
    }));
    const sent = assertion();
    await volume.write(sent);
    await tokens.getToken();
    expect(sentAssertions(server)).toEqual([sent]);
  });

  it('with an empty name have a secret', async () => {
    const { server, tokens } = await openScene(() => ({
      credentials: { clientId: 'worker', clientSecret: 's3cret', clientAssertionFile: '' },
    }));
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });
});

it.each(['', ' '])('fileAssertion rejects the path %j', (path) => {
  expect(() => fileAssertion(path)).toThrow(TypeError);
});

describe('the type of an assertion from a file', () => {
  const sentType = async (
    way: (file: string) => Pick<TokenManagerOptions, 'credentials' | 'clientAssertion'>,
  ): Promise<string | undefined> => {
    const { server, tokens } = await openScene(way);
    // The server takes `jwt-bearer` alone.
    await tokens.getToken().catch(() => undefined);
    return new Map(server.tokenRequests[0]?.form).get('client_assertion_type');
  };
  const spiffe = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe';

  it('is that of fileAssertion', async () => {
    const way = (file: string) => ({
      credentials: { clientId: 'worker' },
      clientAssertion: fileAssertion(file, { type: 'jwt-spiffe' }),
    });
    expect(await sentType(way)).toBe(spiffe);
  });

  it.each(['the credentials', 'a credential source'])('is that of %s', async (kind) => {
    const way = (file: string) => {
      const credentials = {
        ...{ clientId: 'worker', clientAssertionFile: file },
        clientAssertionType: 'jwt-spiffe' as const,
      };
      return { credentials: kind === 'the credentials' ? credentials : sourceOf(credentials) };
    };
    expect(await sentType(way)).toBe(spiffe);
  });
});
