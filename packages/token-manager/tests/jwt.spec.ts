import { SigningKey } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { isCutJwt } from '../src/jwt.ts';

const claims = { sub: 'system:serviceaccount:default:orders', exp: 2_000_000_000 };

function jws(alg: string, signatureBytes: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg })}.${part(claims)}.${Buffer.alloc(signatureBytes, 7).toString('base64url')}`;
}

describe('a JWT', () => {
  it.each(['RS256', 'ES256'] as const)('signed with %s is cut wherever it ends too early', (alg) => {
    const whole = new SigningKey(alg).signJwt(claims);
    expect(isCutJwt(whole)).toBe(false);
    const cut = Array.from({ length: whole.length - 1 }, (_unused, index) => whole.slice(0, index + 1));
    // Two letters of base64 begin no object yet.
    expect(cut.filter((text) => text.length >= 2).every(isCutJwt)).toBe(true);
  });

  // RFC 7518 section 3, RFC 8037 section 3.1.
  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
    ['RS384', 256],
    ['RS512', 256],
    ['PS256', 256],
    ['ES384', 96],
    ['ES512', 132],
    ['EdDSA', 64],
    ['another', 1],
  ])('by %s is whole with a signature of %i bytes, and not with less', (alg, bytes) => {
    expect([isCutJwt(jws(alg, bytes)), isCutJwt(jws(alg, bytes - 1))]).toEqual([false, true]);
  });

  it('by a key of 4096 bits is whole', () => {
    expect(isCutJwt(jws('RS256', 512))).toBe(false);
  });

  it('that is encrypted has five parts', () => {
    const encrypted = `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..aXY.Y3Q.dGFn`;
    expect(isCutJwt(encrypted)).toBe(false);
    expect(isCutJwt(encrypted.slice(0, -4))).toBe(true);
    expect(isCutJwt(encrypted.slice(0, -5))).toBe(true);
  });

  it.each(['opaque', 'ya29.a0AfH6S', 'a.b.c', '1234'])('is not what %s is', (token) => {
    expect(isCutJwt(token)).toBe(false);
  });
});
