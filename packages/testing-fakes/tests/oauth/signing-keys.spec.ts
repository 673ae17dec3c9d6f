import { type JSONWebKeySet, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isAuthenticatedBy, parseJws } from '../../src/oauth/compact-jws.ts';
import type { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import type { PublicJwk } from '../../src/oauth/signing-key.ts';
import { startServer } from './ask.ts';

async function listedKids(server: MockOAuthServer): Promise<readonly string[]> {
  const { keys } = (await (await fetch(server.jwksUrl)).json()) as { keys: readonly PublicJwk[] };
  return keys.map(({ kid }) => kid);
}

/** Whether the key set of the server verifies it, by a library that shares nothing with the server. */
async function isVerified(server: MockOAuthServer, token: string): Promise<boolean> {
  const jwks = (await (await fetch(server.jwksUrl)).json()) as JSONWebKeySet;
  return jwtVerify(token, createLocalJWKSet(jwks)).then(
    () => true,
    () => false,
  );
}

function currentKid(server: MockOAuthServer): string {
  return server.signingKeys.find(({ isCurrent }) => isCurrent)?.kid ?? '';
}

describe.each(['RS256', 'ES256'] as const)('tokens of %s', (signingAlg) => {
  it('go on with the same algorithm after a rotation, or with another', async () => {
    const server = await startServer({ signingAlg });
    server.rotateSigningKey();
    expect(decodeProtectedHeader(server.mintToken()).alg).toBe(signingAlg);
    const other = signingAlg === 'RS256' ? 'ES256' : 'RS256';
    server.rotateSigningKey({ alg: other });
    expect(decodeProtectedHeader(server.mintToken()).alg).toBe(other);
    expect(await isVerified(server, server.mintToken())).toBe(true);
  });

  it('of a foreign key are not verified', async () => {
    const server = await startServer({ signingAlg });
    const token = server.mintToken({ foreignKey: true });
    expect(decodeProtectedHeader(token).alg).toBe(signingAlg);
    expect(await isVerified(server, token)).toBe(false);
  });
});

describe('an RSA key of a server that has stopped', () => {
  it('is the next server’s, under another name: tokens of the first are not verified', async () => {
    const first = await startServer();
    const token = first.mintToken();
    const [key] = first.signingKeys;
    const { keys: old } = (await (await fetch(first.jwksUrl)).json()) as JSONWebKeySet;
    await first.stop();
    const next = await startServer();
    const { keys } = (await (await fetch(next.jwksUrl)).json()) as JSONWebKeySet;
    expect(keys[0]?.n).toBe(old[0]?.n);
    expect(currentKid(next)).not.toBe(key?.kid);
    expect(await isVerified(next, token)).toBe(false);
  });

  it('is not that of a server that runs, however often one was stopped', async () => {
    const stopped = await startServer();
    await stopped.stop();
    await stopped.stop();
    const servers = [await startServer(), await startServer()];
    const sets = await Promise.all(
      servers.map(async ({ jwksUrl }) => (await (await fetch(jwksUrl)).json()) as JSONWebKeySet),
    );
    expect(sets[0]?.keys[0]?.n).not.toBe(sets[1]?.keys[0]?.n);
  });
});

describe('a rotation', () => {
  it('keeps the old keys, where nothing else is said', async () => {
    const server = await startServer();
    const old = currentKid(server);
    const kid = server.rotateSigningKey();
    expect(await listedKids(server)).toEqual([old, kid]);
    expect(server.signingKeys).toEqual([
      { kid: old, alg: 'RS256', state: 'published', isCurrent: false },
      { kid, alg: 'RS256', state: 'published', isCurrent: true },
    ]);
  });

  it('may come before the new key is published', async () => {
    const server = await startServer();
    const old = server.mintToken();
    const kid = server.rotateSigningKey({ publish: false });
    const early = server.mintToken();
    expect([await isVerified(server, old), await isVerified(server, early)]).toEqual([true, false]);
    expect(server.signingKeys[1]).toMatchObject({ kid, state: 'unpublished' });
    server.publishKey(kid);
    expect(await isVerified(server, early)).toBe(true);
  });
});

describe('one key', () => {
  it('is withdrawn alone, and can come back', async () => {
    const server = await startServer();
    const first = currentKid(server);
    const second = server.rotateSigningKey();
    const third = server.rotateSigningKey();
    server.withdrawKey(second);
    expect(await listedKids(server)).toEqual([first, third]);
    expect(server.signingKeys[1]?.state).toBe('withdrawn');
    server.publishKey(second);
    expect(await listedKids(server)).toEqual([first, second, third]);
  });

  it('signs a token where a test asks for it, even when it is withdrawn', async () => {
    const server = await startServer();
    const old = currentKid(server);
    server.rotateSigningKey({ keepOld: false });
    const token = server.mintToken({ kid: old });
    expect(decodeProtectedHeader(token).kid).toBe(old);
    expect(await isVerified(server, token)).toBe(false);
  });

  it('must be one of the server’s, and be named once', async () => {
    const server = await startServer();
    const missing = new RangeError('The server has no key x');
    expect(() => {
      server.withdrawKey('x');
    }).toThrow(missing);
    expect(() => {
      server.publishKey('x');
    }).toThrow(missing);
    expect(() => server.mintToken({ kid: 'x' })).toThrow(missing);
    expect(() => server.mintToken({ kid: currentKid(server), foreignKey: true })).toThrow(
      new TypeError('Give kid or foreignKey, not both'),
    );
  });
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jws = (alg: unknown, signature: Buffer) => ({
  header: { alg },
  claims: {},
  signingInput: Buffer.from('signed'),
  signature,
});

it.each([
  ...['', 'a', 'e30.e30', 'e30.e30.x.x', ' e30.e30.x', 'e30.e30.x!', 'e30..x', 'abc.e30.x', 'e30.abc.x'],
  ...[[], null, 1, 'a'].flatMap((value) => [`${encoded(value)}.e30.x`, `e30.${encoded(value)}.x`]),
])('"%s" is no JWT', (text) => {
  expect(parseJws(text)).toBeUndefined();
});

it.each([
  ['HS256', 'secret', 32, true],
  ['HS256', 'another', 32, false],
  ['HS256', 'secret', 31, false],
  ['HS512', 'secret', 32, false],
])('an HMAC of %s with the %s, of %i bytes, is one of the client: %s', (alg, secret, length, isGood) => {
  const signature = createHmac('sha256', 'secret').update('signed').digest().subarray(0, length);
  expect(isAuthenticatedBy(jws(alg, signature), secret)).toBe(isGood);
});
