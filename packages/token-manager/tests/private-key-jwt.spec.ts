import { FakeClock } from '@worker-auth/testing-fakes';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ClientAssertionContext, TokenManagerErrorCode } from '../src/index.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const typ = 'client-authentication+jwt';

const context: ClientAssertionContext = {
  clientId: 'worker',
  tokenUrl: 'https://issuer.example/token',
  issuer: undefined,
  audience: 'https://issuer.example',
  signal: new AbortController().signal,
};

describe('privateKeyJwt', () => {
  it('signs who the client is, for the audience of the manager, for a minute', async () => {
    const clock = new FakeClock();
    const jwt = await privateKeyJwt({ key: privateKey, algorithm: 'ES256', clock })(context);
    const nowSeconds = clock.wallNow() / 1_000;
    const { payload, protectedHeader } = await jwtVerify(jwt, createPublicKey(privateKey), {
      currentDate: new Date(clock.wallNow()),
    });
    expect(payload).toEqual({
      iss: 'worker',
      sub: 'worker',
      aud: 'https://issuer.example',
      iat: nowSeconds,
      exp: nowSeconds + 60,
      jti: expect.any(String) as unknown,
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ });
  });

  it('takes another audience, life and header', async () => {
    const assertion = privateKeyJwt({
      key: privateKey,
      algorithm: 'ES256',
      audience: 'https://other.example',
      lifetimeMs: 5_000,
      keyId: 'k1',
      header: { 'x5t#S256': 'thumb' },
      clock: new FakeClock(),
    });
    const jwt = await assertion(context);
    const { aud, iat = 0, exp } = decodeJwt(jwt);
    expect([aud, exp]).toEqual(['https://other.example', iat + 5]);
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ, kid: 'k1', 'x5t#S256': 'thumb' });
  });

  it('has no type where the token endpoint is the audience, and another where the header has one', async () => {
    const typeOf = async (audience: string, header = {}): Promise<unknown> => {
      const jwt = await privateKeyJwt({ key: privateKey, algorithm: 'ES256', header })({
        ...context,
        audience,
      });
      return decodeProtectedHeader(jwt).typ;
    };
    expect(await typeOf(context.tokenUrl)).toBeUndefined();
    expect(await typeOf('https://issuer.example', { typ: 'JWT' })).toBe('JWT');
  });

  it('says what to set when no audience is known', async () => {
    const assertion = privateKeyJwt({ key: privateKey, algorithm: 'ES256' });
    await expect(assertion({ ...context, audience: undefined })).rejects.toMatchObject({
      code: TokenManagerErrorCode.invalidCredentials,
      message: expect.stringMatching(/RFC 10070.+Set issuer.+assertionAudience.+'token-endpoint'/) as unknown,
    });
  });

  it('never repeats an assertion', async () => {
    const assertion = privateKeyJwt({ key: privateKey, algorithm: 'ES256', clock: new FakeClock() });
    expect(decodeJwt(await assertion(context)).jti).not.toBe(decodeJwt(await assertion(context)).jti);
  });

  it('takes a PEM, signed by RS256 unless told otherwise', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const jwt = await privateKeyJwt({ key })(context);
    expect((await jwtVerify(jwt, pair.publicKey)).protectedHeader).toEqual({ alg: 'RS256', typ });
  });

  it('takes algorithm and key id from a JWK', async () => {
    const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'of-the-key' };
    const jwt = await privateKeyJwt({ key })(context);
    expect((await jwtVerify(jwt, createPublicKey(privateKey))).protectedHeader).toEqual({
      alg: 'ES256',
      typ,
      kid: 'of-the-key',
    });
  });

  it('takes algorithm and key id from the options before those of a JWK', async () => {
    const key = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', kid: 'of-the-key' };
    const jwt = await privateKeyJwt({ key, algorithm: 'ES256', keyId: 'given' })(context);
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ, kid: 'given' });
  });

  it('counts in whole seconds: issued before now, good for no less than was asked', async () => {
    const clock = new FakeClock({ wallMs: 1_700_000_000_900 });
    const jwt = await privateKeyJwt({ key: privateKey, algorithm: 'ES256', lifetimeMs: 1_200, clock })(
      context,
    );
    expect(decodeJwt(jwt)).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_002 });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a life that is none: %d', (lifetimeMs) => {
    expect(() => privateKeyJwt({ key: privateKey, lifetimeMs })).toThrow(RangeError);
    expect(() => privateKeyJwt({ key: privateKey, lifetimeMs })).toThrow('lifetimeMs must be');
  });

  it('shows no part of a key that cannot be read', async () => {
    const assertion = privateKeyJwt({
      key: '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----',
    });
    await expect(assertion(context)).rejects.not.toThrow('canary');
  });
});
