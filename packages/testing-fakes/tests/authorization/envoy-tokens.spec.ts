import { describe, expect, it } from 'vitest';
import { parseEnvoyJwt } from '../../src/authorization/envoy-jwt.ts';
import { EnvoyRejection } from '../../src/authorization/envoy-rejection.ts';

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

const head = encode({ alg: 'RS256' });

/** What becomes of a token: Envoy's text, or what it was taken for. */
function read(token: string): unknown {
  try {
    return parseEnvoyJwt(token);
  } catch (error) {
    expect(error).toBeInstanceOf(EnvoyRejection);
    expect(error).toMatchObject({ name: 'EnvoyRejection', reason: 'malformed-token' });
    return (error as Error).message;
  }
}

const threeSections = 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections';

describe('a token that Envoy takes apart', () => {
  it('has its claims, what was signed, and the signature', () => {
    const claims = { iss: 'me', sub: 's', iat: 1, nbf: 2.9, exp: 3, jti: 'j', aud: ['a', 'b'] };
    const payload = encode(claims);
    expect(read(`${encode({ alg: 'ES256', kid: 'k' })}.${payload}.AQI`)).toEqual({
      alg: 'ES256',
      kid: 'k',
      issuer: 'me',
      notBefore: 2,
      expiresAt: 3,
      audiences: ['a', 'b'],
      claims,
      signed: Buffer.from(`${encode({ alg: 'ES256', kid: 'k' })}.${payload}`),
      signature: Buffer.of(1, 2),
    });
  });

  it('may claim nothing', () => {
    const nothing = { kid: '', issuer: '', notBefore: 0, expiresAt: 0, audiences: [], claims: {} };
    expect(read(`${head}.${encode({})}.AQI`)).toMatchObject(nothing);
    expect(read(`${head}.${encode('null')}.AQI`)).toMatchObject(nothing);
  });

  it.each(['RS', 'PS', 'ES', 'HS'].flatMap((kind) => ['256', '384', '512'].map((bits) => kind + bits)))(
    'may be of the algorithm %s',
    (alg) => {
      expect(read(`${encode({ alg })}.${encode({})}.AQI`)).toMatchObject({ alg });
    },
  );

  it.each([
    ['', threeSections],
    ['a.b', threeSections],
    ['a.b.c.d', threeSections],
    [`${head}..AQI`, threeSections],
    [`${head}.e30.`, threeSections],
    [`.e30.AQI`, threeSections],
    [`${encode({})}.e30.AQI`, 'Jwt header [alg] field is required and must be a string'],
    [`${encode({ alg: 1 })}.e30.AQI`, 'Jwt header [alg] field is required and must be a string'],
    [`${encode({ alg: 'none' })}.e30.AQI`, 'Jwt header [alg] is not supported'],
    [`${encode({ alg: 'RS256', kid: 1 })}.e30.AQI`, 'Jwt header [kid] field is not a string'],
    [`${encode('[]')}.e30.AQI`, 'Jwt header is an invalid JSON'],
    [`${encode('"a"')}.e30.AQI`, 'Jwt header is an invalid JSON'],
    [`${encode('{')}.e30.AQI`, 'Jwt header is an invalid JSON'],
    [`${head}.${encode('{"exp":1e999}')}.AQI`, 'Jwt payload is an invalid JSON'],
    [`${head}.${encode('{"exp":-1e999}')}.AQI`, 'Jwt payload is an invalid JSON'],
    [`${head}.${encode({ iss: 1 })}.AQI`, 'Jwt payload [iss] field is not a string'],
    [`${head}.${encode({ sub: 1 })}.AQI`, 'Jwt payload [sub] field is not a string'],
    [`${head}.${encode({ jti: 1 })}.AQI`, 'Jwt payload [jti] field is not a string'],
    [`${head}.${encode({ iat: '1' })}.AQI`, 'Jwt payload [iat] field is not an integer'],
    [`${head}.${encode({ nbf: '1' })}.AQI`, 'Jwt payload [nbf] field is not an integer'],
    [`${head}.${encode({ exp: '1' })}.AQI`, 'Jwt payload [exp] field is not an integer'],
    [`${head}.${encode({ iat: -1 })}.AQI`, 'Jwt payload [iat] field is not a positive 64 bit integer'],
    [`${head}.${encode({ aud: 1 })}.AQI`, 'Jwt payload [aud] field is not a string or string list'],
    [`${head}.${encode({ aud: ['a', 1] })}.AQI`, 'Jwt payload [aud] field is not a string or string list'],
  ])('is rejected: %s', (token, expected) => {
    expect(read(token)).toBe(expected);
  });

  it.each([
    ['AQI', [1, 2]],
    ['AQI=', [1, 2]],
    [' A QI\t=', [1, 2]],
    ['AQ==', [1]],
    [' ', []],
  ])('may have blanks and whole padding in base64: "%s"', (signature, bytes) => {
    expect(read(`${head}.e30.${signature}`)).toMatchObject({ signature: Buffer.from(bytes) });
  });

  it.each(['AQI==', 'AQ=', 'A', 'AQIDA', '=', '==', 'AQ===', '!AQI', 'AQI!', '+AQI', 'AQ=I'])(
    'has no signature in such base64: "%s"',
    (signature) => {
      expect(read(`${head}.e30.${signature}`)).toBe('Jwt signature is an invalid Base64url encoded');
    },
  );

  it('is rejected for the part whose base64 is wrong', () => {
    expect(read('A.e30.AQI')).toBe('Jwt header is an invalid Base64url encoded');
    expect(read(`${head}.A.AQI`)).toBe('Jwt payload is an invalid Base64url encoded');
  });
});
