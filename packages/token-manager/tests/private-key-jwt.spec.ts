import { FakeClock } from '@worker-auth/testing-fakes';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../src/errors.ts';
import { privateKeyJwt, type PrivateKeyJwtOptions } from '../src/private-key-jwt.ts';
import { assertionContext as context, errorOf } from './support.ts';

const curve = (namedCurve: string): KeyPairKeyObjectResult => generateKeyPairSync('ec', { namedCurve });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const { privateKey } = curve('P-256');
const ed25519 = generateKeyPairSync('ed25519');

const typ = 'client-authentication+jwt';

describe('privateKeyJwt', () => {
  it('signs who the client is, for the audience of the manager, for a minute', async () => {
    const clock = new FakeClock();
    const jwt = await privateKeyJwt({ key: privateKey, clock })(context);
    const nowSeconds = clock.wallNow() / 1_000;
    const { payload, protectedHeader } = await jwtVerify(jwt, createPublicKey(privateKey), {
      currentDate: new Date(clock.wallNow()),
    });
    expect(payload).toEqual({
      ...{ iss: 'worker', sub: 'worker', aud: 'https://issuer.example' },
      ...{ iat: nowSeconds, exp: nowSeconds + 60 },
      jti: expect.any(String) as unknown,
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ });
  });

  it('takes another audience, life and header', async () => {
    const assertion = privateKeyJwt({
      ...{ key: privateKey, algorithm: 'ES256', audience: 'https://other.example', lifetimeMs: 5_000 },
      ...{ keyId: 'k1', header: { 'x5t#S256': 'thumb' }, clock: new FakeClock() },
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

  it('says what to set when no audience is known', () => {
    const assertion = privateKeyJwt({ key: privateKey });
    expect(errorOf(() => assertion({ ...context, audience: undefined }))).toMatchObject({
      code: TokenManagerErrorCode.invalidCredentials,
      message: expect.stringMatching(/RFC 10070.+Set issuer.+assertionAudience.+'token-endpoint'/) as unknown,
    });
  });

  it('never repeats an assertion', async () => {
    const assertion = privateKeyJwt({ key: privateKey, clock: new FakeClock() });
    expect(decodeJwt(await assertion(context)).jti).not.toBe(decodeJwt(await assertion(context)).jti);
  });

  it.each<readonly [string, KeyPairKeyObjectResult, 'pkcs8' | 'pkcs1' | 'sec1', string]>([
    ['PKCS #8 of RSA', rsa, 'pkcs8', 'RS256'],
    ['PKCS #1 of RSA', rsa, 'pkcs1', 'RS256'],
    ['SEC1 of P-256', curve('P-256'), 'sec1', 'ES256'],
    ['SEC1 of P-384', curve('P-384'), 'sec1', 'ES384'],
    ['PKCS #8 of P-521', curve('P-521'), 'pkcs8', 'ES512'],
    ['PKCS #8 of Ed25519', generateKeyPairSync('ed25519'), 'pkcs8', 'EdDSA'],
  ])('takes a PEM of the form %s, and knows its algorithm', async (_form, pair, type, alg) => {
    const key = pair.privateKey.export({ format: 'pem', type } as { format: 'pem'; type: 'pkcs8' }) as string;
    const jwt = await privateKeyJwt({ key })(context);
    expect((await jwtVerify(jwt, pair.publicKey)).protectedHeader).toEqual({ alg, typ });
  });

  it.each(['RS384', 'RS512', 'PS256', 'PS384', 'PS512'])(
    'signs by %s where that is asked for',
    async (algorithm) => {
      const jwt = await privateKeyJwt({ key: rsa.privateKey, algorithm })(context);
      expect((await jwtVerify(jwt, rsa.publicKey)).protectedHeader.alg).toBe(algorithm);
    },
  );

  it.each<readonly [string, PrivateKeyJwtOptions['key'], readonly string[] | undefined, string]>([
    ['RS256', rsa.privateKey, undefined, 'nothing'],
    ['RS256', rsa.privateKey, ['ES256', 'PS256', 'RS256'], 'it'],
    ['PS256', rsa.privateKey, ['HS256', 'PS512', 'PS256', 'ES256'], 'no RS256'],
    ['EdDSA', ed25519.privateKey, undefined, 'nothing'],
    ['Ed25519', ed25519.privateKey, ['RS256', 'Ed25519'], 'no EdDSA'],
  ])('signs by %s where the issuer lists it (%#)', async (alg, key, algorithms) => {
    const jwt = await privateKeyJwt({ key })({ ...context, algorithms });
    const { protectedHeader } = await jwtVerify(jwt, createPublicKey(key as KeyObject));
    expect(protectedHeader.alg).toBe(alg);
  });

  it('signs by the algorithm of a JWK or the options, whatever the issuer lists', async () => {
    const key = { ...ed25519.privateKey.export({ format: 'jwk' }), alg: 'Ed25519' };
    const offered = { ...context, algorithms: ['RS256'] };
    expect(decodeProtectedHeader(await privateKeyJwt({ key })(offered)).alg).toBe('Ed25519');
    const algorithm = 'PS256';
    const jwt = await privateKeyJwt({ key: rsa.privateKey, algorithm })(offered);
    expect(decodeProtectedHeader(jwt).alg).toBe('PS256');
  });

  it('says which algorithms the issuer lists where the key has none of them', () => {
    const assertion = privateKeyJwt({ key: privateKey });
    const error = errorOf(() => assertion({ ...context, algorithms: ['PS256', 'EdDSA'] }));
    expect(error).toMatchObject({ code: TokenManagerErrorCode.invalidCredentials, retryable: false });
    expect(String(error)).toMatch(/issuer lists PS256, EdDSA .+ signs by ES256.+algorithm/);
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
    const key = { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'RS256', kid: 'of-the-key' };
    const jwt = await privateKeyJwt({ key, algorithm: 'PS256', keyId: 'given' })(context);
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'PS256', typ, kid: 'given' });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('rejects a life that is none: %d', (lifetimeMs) => {
    expect(() => privateKeyJwt({ key: privateKey, lifetimeMs })).toThrow(RangeError);
    expect(() => privateKeyJwt({ key: privateKey, lifetimeMs })).toThrow('lifetimeMs must be');
  });

  const encrypted = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'canary' } as const;

  it.each<readonly [string, Partial<PrivateKeyJwtOptions>, string]>([
    ['no PEM', { key: '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----' }, 'it is no PEM'],
    ['nothing', { key: undefined as unknown as string }, 'it is no PEM'],
    ['no JWK', { key: { kty: 'EC', d: 'canary' } }, 'it is no PEM and no JWK'],
    ['encrypted', { key: privateKey.export(encrypted) as string }, 'or it is encrypted'],
    ['public', { key: createPublicKey(privateKey) }, 'it is a public key'],
    ['of another algorithm', { algorithm: 'RS256' }, 'of the kind prime256v1 signs by ES256 and not RS256'],
    [
      'of a kind that signs nothing',
      { key: generateKeyPairSync('x25519').privateKey },
      'x25519 signs by no algorithm',
    ],
  ])('rejects a key that is %s, and shows nothing of it', (_what, options, says) => {
    const error = errorOf(() => privateKeyJwt({ key: privateKey, ...options }));
    expect(error).toMatchObject({ code: TokenManagerErrorCode.invalidCredentials, kind: 'configuration' });
    expect(String(error)).toContain(says);
    expect(inspect(error)).not.toContain('canary');
  });
});
