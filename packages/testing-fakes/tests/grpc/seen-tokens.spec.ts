import { expect, it } from 'vitest';
import { bearerToken, SeenTokens, tokenFingerprint, withClaims } from '../../src/grpc/seen-tokens.ts';

it.each([
  ['Bearer x', 'x'],
  ['BEARER  x y', ' x y'],
  [' bearer x', undefined],
  ['bearer x\ny', undefined],
  [undefined, undefined],
])('the token of the header %j is %j', (header, token) => {
  expect(bearerToken(header)).toBe(token);
});

it('a token is shown by its number, its fingerprint, and what its claims tell', () => {
  const tokens = new SeenTokens();
  tokens.see('a');
  const seen = tokens.see('b');
  const fingerprint = tokenFingerprint('b');
  expect(fingerprint).toMatch(/^[0-9a-f]{12}$/);
  expect(seen).toEqual({ number: 2, fingerprint, id: undefined, expiresAtMs: undefined });
  expect(withClaims(seen, { jti: 'c', exp: 5 })).toEqual({ ...seen, id: 'c', expiresAtMs: 5_000 });
  expect(withClaims(seen, { jti: 5, exp: '5' })).toEqual(seen);
  expect([tokens.see(undefined), withClaims(undefined)]).toEqual([undefined, undefined]);
});
