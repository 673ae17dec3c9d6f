import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { isAuthenticatedBy, isSignedBy, parseJws } from '../../src/oauth/compact-jws.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jws = (alg: unknown, signature: Buffer) => ({
  header: { alg },
  claims: {},
  signingInput: Buffer.from('signed'),
  signature,
});

it('a JWT is taken apart', () => {
  expect(parseJws(`${encoded({ alg: 'none' })}.${encoded({ sub: 'a' })}.`)).toEqual({
    header: { alg: 'none' },
    claims: { sub: 'a' },
    signingInput: Buffer.from('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0'),
    signature: Buffer.of(),
  });
});

it.each([
  ...['', 'a', 'e30.e30', 'e30.e30.x.x', ' e30.e30.x', 'e30.e30.x!', 'e30..x', 'abc.e30.x', 'e30.abc.x'],
  ...[[], null, 1, 'a'].flatMap((value) => [`${encoded(value)}.e30.x`, `e30.${encoded(value)}.x`]),
])('"%s" is no JWT', (text) => {
  expect(parseJws(text)).toBeUndefined();
});

it.each([
  ['ES256', true],
  ['RS256', false],
  ['PS256', false],
  ['none', false],
  [undefined, false],
])('a signature by a key of P-256 is one of %s: %s', (alg, isGood) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signature = sign('sha256', Buffer.from('signed'), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  expect(isSignedBy(jws(alg, signature), publicKey)).toBe(isGood);
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
