import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { isAuthenticatedBy, parseJws } from '../../src/oauth/compact-jws.ts';

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
