import { MockOAuthServer, type MockOAuthServerOptions } from '@worker-auth/testing-fakes';
import { decodeJwt } from 'jose';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode } from '../src/errors.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { TokenManager } from '../src/tokens/token-manager.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';
import { rejectionOf } from './support.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = createPublicKey(privateKey).export({ format: 'jwk' });

async function startServer(options: MockOAuthServerOptions): Promise<MockOAuthServer> {
  const jwks = { keys: [{ ...jwk, kid: 'k1' }] };
  const server = await MockOAuthServer.start({ clients: [{ clientId: 'worker', jwks }], ...options });
  onTestFinished(() => server.stop());
  return server;
}

function managerOf(options: Partial<TokenManagerOptions>): TokenManager {
  const tokens = new TokenManager({
    credentials: { clientId: 'worker' },
    clientAssertion: privateKeyJwt({ key: privateKey, keyId: 'k1' }),
    ...options,
  });
  onTestFinished(() => tokens.stop());
  return tokens;
}

describe('a server that takes assertions of RFC 10070 alone', () => {
  it.each<readonly [string, string, (server: MockOAuthServer) => Partial<TokenManagerOptions>]>([
    ['its issuer', '', (server) => ({ issuer: server.issuer })],
    ['its issuer, written with a slash', '', (server) => ({ issuer: `${server.issuer}/` })],
    ['its issuer with a path', '/realms/x', (server) => ({ issuer: server.issuer })],
    [
      'its token endpoint, and its issuer as the audience',
      '',
      (server) => ({ tokenUrl: server.tokenUrl, assertionAudience: server.issuer }),
    ],
  ])('gives a token to a client that knows %s', async (_what, issuerPath, optionsOf) => {
    const server = await startServer({ strictAssertions: true, issuerPath });
    await expect(managerOf(optionsOf(server)).getToken()).resolves.toBeTypeOf('string');
  });

  it('rejects a client that was told to name the token endpoint', async () => {
    const server = await startServer({ strictAssertions: true });
    const tokens = managerOf({ issuer: server.issuer, assertionAudience: 'token-endpoint' });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
    });
  });
});

it('a server that wants its token endpoint as the audience gives a token to a client that was told so', async () => {
  const audiences: unknown[] = [];
  const server = await startServer({
    acceptAssertion: (assertion) => {
      audiences.push(decodeJwt(assertion).aud);
      return true;
    },
  });
  await managerOf({ tokenUrl: server.tokenUrl, assertionAudience: 'token-endpoint' }).getToken();
  expect(audiences).toEqual([server.tokenUrl]);
});

it('a client that knows the token endpoint alone sends nothing, and says what to set', async () => {
  const server = await startServer({});
  expect(await rejectionOf(managerOf({ tokenUrl: server.tokenUrl }).getToken())).toMatchObject({
    code: TokenManagerErrorCode.invalidCredentials,
    message: expect.stringContaining('assertionAudience') as unknown,
  });
  expect(server.tokenRequests).toEqual([]);
});

it.each(['', 'issuer', 'tokens.example'])(
  'assertionAudience is rejected when it is no issuer: "%s"',
  (audience) => {
    expect(() => managerOf({ tokenUrl: 'https://a.example', assertionAudience: audience })).toThrow(
      `assertionAudience must be an issuer (an absolute URL) or token-endpoint; received ${audience}`,
    );
  },
);
