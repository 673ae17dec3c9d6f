import { beforeAll, describe, expect, it } from 'vitest';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import type { TrustedIssuer } from '../../src/oauth/trusted-issuers.ts';
import { claimsOf, invalidClient, startServer } from './ask.ts';
import { type AssertionKey, type Claims, claimsFor, createKey, requestByAssertion } from './assertions.ts';

const subject = 'system:serviceaccount:default:orders';
const now = Math.floor(Date.now() / 1_000);
let cluster: AssertionKey;
let other: AssertionKey;

beforeAll(async () => {
  [cluster, other] = await Promise.all([createKey(), createKey()]);
});

function startTrusting(issuer: Partial<TrustedIssuer> = {}): Promise<MockOAuthServer> {
  const trusted = {
    issuer: 'https://cluster.example',
    jwks: cluster.jwks,
    subjects: { [subject]: 'worker' },
  };
  return startServer({ trustedIssuers: [{ ...trusted, ...issuer }] });
}

function projectedClaims(server: MockOAuthServer, changed: Claims = {}): Claims {
  return claimsFor(server, subject, { iss: 'https://cluster.example', jti: undefined, ...changed });
}

describe('an assertion of a trusted issuer', () => {
  it('authenticates the client that its subject is, as often as it is sent', async () => {
    const server = await startTrusting();
    const assertion = await cluster.sign(projectedClaims(server));
    const first = await requestByAssertion(server, assertion);
    const second = await requestByAssertion(server, assertion, { client_id: 'worker' });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(claimsOf(first.body['access_token'])).toMatchObject({ client_id: 'worker' });
    expect(server.requests[0]?.authentication).toEqual({ method: 'federated_jwt', clientId: undefined });
  });

  // What Keycloak 26.7.3 answers to the same assertions.
  it.each<[string, Claims, number, string]>([
    ['for another audience', { aud: 'https://other.example' }, 400, 'Invalid token audience'],
    ['that is over', { exp: now - 1 }, 400, 'Token is not active'],
    ['about somebody else', { sub: 'other' }, 401, 'Invalid client or Invalid client credentials'],
    ['about nobody', { sub: undefined }, 401, 'Invalid client or Invalid client credentials'],
    ['of another issuer', { iss: 'https://x.example' }, 401, 'Invalid client or Invalid client credentials'],
    ['of nobody', { iss: undefined }, 401, 'Invalid client or Invalid client credentials'],
  ])('%s is rejected', async (_what, changed, status, description) => {
    const server = await startTrusting();
    const assertion = await cluster.sign(projectedClaims(server, changed));
    expect(await requestByAssertion(server, assertion)).toMatchObject(invalidClient(status, description));
  });

  it.each<[string, () => AssertionKey, Record<string, unknown>, number, string]>([
    ['by another key', () => other, {}, 401, 'Invalid client or Invalid client credentials'],
    ['with an unknown kid', () => cluster, { kid: 'x' }, 401, 'Invalid client or Invalid client credentials'],
    ['by nobody', () => cluster, { alg: 'none' }, 400, 'Invalid signature algorithm'],
  ])('signed %s is rejected', async (_how, signer, header, status, description) => {
    const server = await startTrusting();
    const assertion = await signer().sign(projectedClaims(server), header);
    expect(await requestByAssertion(server, assertion)).toMatchObject(invalidClient(status, description));
  });

  it.each([
    ['api://exchange', 200],
    ['https://other.example', 400],
  ])('may be for an audience of its own: %s is %s', async (aud, status) => {
    const server = await startTrusting({ audience: 'api://exchange' });
    const assertion = await cluster.sign(projectedClaims(server, { aud }));
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status });
  });
});

describe('the keys of a trusted issuer', () => {
  it.each([false, true])('are read at their address each time, with TLS: %s', async (tls) => {
    const issuer = await startServer({ tls, subject });
    const server = await startTrusting({ issuer: issuer.issuer, jwks: issuer.jwksUrl });
    const ask = async (): Promise<number> => {
      const assertion = issuer.mintToken({ claims: { aud: server.issuer } });
      return (await requestByAssertion(server, assertion)).status;
    };
    expect(await ask()).toBe(200);
    issuer.rotateSigningKey({ keepOld: false });
    expect(await ask()).toBe(200);
    await issuer.stop();
    expect(await ask()).toBe(400);
  });
});

describe('trusted issuers that make no sense are rejected', () => {
  it('beside acceptAssertion', async () => {
    const options = { acceptAssertion: () => true, trustedIssuers: [] };
    await expect(MockOAuthServer.start(options)).rejects.toThrow(
      new TypeError('Give acceptAssertion or trustedIssuers, not both'),
    );
  });

  it('with a client that is not there', async () => {
    await expect(startTrusting({ subjects: { x: 'nobody' } })).rejects.toThrow(
      new RangeError('The server has no client nobody'),
    );
  });
});
