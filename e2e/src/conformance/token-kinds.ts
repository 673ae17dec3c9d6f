import { encode, type JsonObject, signJwt } from './signing-keys.ts';

/** What good tokens have as `aud` and as `iss`. */
export const tokenAudience = 'temporal';
export const tokenIssuer = 'https://issuer.example';

/** What a token is made of, over a good one. */
interface TokenChange {
  readonly signer?: string;
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
}

/**
 * The `authorization` header fields of a call, by a name for what is special about them. One request has none, most have one.
 *
 * @param nowMs milliseconds since the epoch
 */
export function tokenKinds(nowMs: number): ReadonlyMap<string, readonly string[]> {
  const now = Math.floor(nowMs / 1_000);
  const good = {
    sub: 'worker',
    iss: tokenIssuer,
    aud: tokenAudience,
    exp: now + 600,
    permissions: ['default:write'],
  };
  const token = ({ signer = 'RS256', header = {}, claims = {} }: TokenChange = {}): string =>
    signJwt(signer, { alg: 'RS256', kid: 'rsa', ...header }, JSON.stringify({ ...good, ...claims }));
  const withClaims = (claims: JsonObject): string[] => [`Bearer ${token({ claims })}`];
  const signedBy = (signer: string, header: JsonObject): string[] => [`Bearer ${token({ signer, header })}`];
  /** A number as JSON has it, which JavaScript could not say. */
  const withNumber = (name: string, number: string): string[] => {
    const json = JSON.stringify({ ...good, [name]: 'HERE' }).replace('"HERE"', number);
    return [`Bearer ${signJwt('RS256', { alg: 'RS256', kid: 'rsa' }, json)}`];
  };
  const [head = '', body = '', signature = ''] = token().split('.');

  return new Map<string, readonly string[]>([
    ['none', []],
    ['an empty field', ['']],
    ['good', withClaims({})],

    // The form of the header field.
    ['lower-case scheme', [`bearer ${token()}`]],
    ['upper-case scheme', [`BEARER ${token()}`]],
    ['Basic scheme', ['Basic d29ya2VyOnNlY3JldA==']],
    ['no scheme', [token()]],
    ['scheme alone', ['Bearer']],
    ['empty token', ['Bearer ']],
    ['two spaces', [`Bearer  ${token()}`]],
    ['a space at the end', [`Bearer ${token()} `]],
    ['text after the token', [`Bearer ${token()} more`]],
    ['text before the scheme', [`token Bearer ${token()}`]],
    ['a good field, then garbage', [`Bearer ${token()}`, 'Bearer x']],
    ['garbage, then a good field', ['Bearer x', `Bearer ${token()}`]],
    ['a good field, then another scheme', [`Bearer ${token()}`, 'Basic eDp5']],
    ['two good fields', [`Bearer ${token()}`, `Bearer ${token({ claims: { jti: '2' } })}`]],

    // The form of the token.
    ['garbage', ['Bearer x']],
    ['garbage with two dots', ['Bearer x.y.z']],
    ['four parts', [`Bearer ${token()}.x`]],
    ['two parts', [`Bearer ${head}.${body}`]],
    ['no signature', [`Bearer ${head}.${body}.`]],
    ['header of no JSON', [`Bearer ${encode('{')}.${body}.${signature}`]],
    ['header that is a list', [`Bearer ${encode('[]')}.${body}.${signature}`]],
    ['header of null', [`Bearer ${encode('null')}.${body}.${signature}`]],
    ['payload of no base64', [`Bearer ${head}.!!.${signature}`]],
    ['payload of no JSON', [`Bearer ${signJwt('RS256', { alg: 'RS256', kid: 'rsa' }, '{')}`]],
    ['payload that is a list', [`Bearer ${signJwt('RS256', { alg: 'RS256', kid: 'rsa' }, '[]')}`]],
    [
      'text behind the payload',
      [`Bearer ${signJwt('RS256', { alg: 'RS256', kid: 'rsa' }, `${JSON.stringify(good)}x`)}`],
    ],
    [
      'changed payload',
      [`Bearer ${head}.${encode(JSON.stringify({ ...good, permissions: ['default:admin'] }))}.${signature}`],
    ],
    ['padded signature', [`Bearer ${head}.${body}.${signature}==`]],
    ['a character too many', [`Bearer ${token()}A`]],
    ['three characters too many', [`Bearer ${token()}AAA`]],

    // The key.
    ['foreign key', signedBy('foreign', {})],
    ['unknown kid', signedBy('foreign', { kid: 'unknown' })],
    ['good key by an unknown kid', signedBy('RS256', { kid: 'unknown' })],
    ['no kid', signedBy('RS256', { kid: undefined })],
    ['empty kid', signedBy('RS256', { kid: '' })],
    ['kid that is a number', signedBy('RS256', { kid: 7 })],
    ['kid of another kind of key', signedBy('RS256', { kid: 'p256' })],

    // The algorithm.
    ['alg none', signedBy('none', { alg: 'none' })],
    ['no alg', signedBy('RS256', { alg: undefined })],
    ['alg that is a number', signedBy('RS256', { alg: 7 })],
    ['alg in lower case', signedBy('RS256', { alg: 'rs256' })],
    ['unknown alg', signedBy('RS256', { alg: 'RS257' })],
    ['HS256 with the public key', signedBy('HS256', { alg: 'HS256' })],
    ['RS512', signedBy('RS512', { alg: 'RS512' })],
    ['PS256', signedBy('PS256', { alg: 'PS256' })],
    ['ES256', signedBy('ES256', { alg: 'ES256', kid: 'p256' })],
    ['ES256 by P-384', signedBy('ES256 by P-384', { alg: 'ES256', kid: 'p384' })],
    ['ES384', signedBy('ES384', { alg: 'ES384', kid: 'p384' })],
    ['EdDSA', signedBy('EdDSA', { alg: 'EdDSA', kid: 'ed25519' })],

    // Time.
    ['expired', withClaims({ exp: now - 600 })],
    ['expired by 30 s', withClaims({ exp: now - 30 })],
    ['expired, by a foreign key', [`Bearer ${token({ signer: 'foreign', claims: { exp: now - 600 } })}`]],
    ['not yet valid', withClaims({ nbf: now + 600 })],
    ['not yet valid by 30 s', withClaims({ nbf: now + 30 })],
    ['issued in 30 s', withClaims({ iat: now + 30 })],
    ['issued in an hour', withClaims({ iat: now + 3_600 })],
    ['no exp', withClaims({ exp: undefined })],
    ...['exp', 'nbf', 'iat'].flatMap((claim): [string, string[]][] => [
      [`${claim} as a string`, withClaims({ [claim]: String(now + (claim === 'exp' ? 600 : -600)) })],
      [`${claim} of null`, withClaims({ [claim]: null })],
      [`${claim} with a fraction`, withNumber(claim, `${now + (claim === 'exp' ? 600 : -600)}.5`)],
      ...[
        '0',
        '0.5',
        '-1',
        '1e15',
        '9.2e18',
        '9.2233720e18',
        '9.22337204e18',
        '1e19',
        '1.9e19',
        '1e300',
        '-1e300',
        '1e400',
      ].map((number): [string, string[]] => [`${claim} of ${number}`, withNumber(claim, number)]),
    ]),

    // Other claims.
    ['no sub', withClaims({ sub: undefined })],
    ['sub that is a number', withClaims({ sub: 7 })],
    ['another iss', withClaims({ iss: 'https://other.example' })],
    ['iss that is a number', withClaims({ iss: 7 })],
    ['no iss', withClaims({ iss: undefined })],
    ['jti that is a number', withClaims({ jti: 7 })],
    ['another aud', withClaims({ aud: 'other' })],
    ['no aud', withClaims({ aud: undefined })],
    ['empty aud', withClaims({ aud: '' })],
    ['list of aud', withClaims({ aud: ['other', tokenAudience] })],
    ['list of aud with a number', withClaims({ aud: [tokenAudience, 7] })],
    ['empty list of aud', withClaims({ aud: [] })],
    ['aud as a URL', withClaims({ aud: `https://${tokenAudience}/` })],
    ['aud of null', withClaims({ aud: null })],

    // Permissions.
    ['no permissions', withClaims({ permissions: undefined })],
    ['permissions as a text', withClaims({ permissions: 'default:write' })],
    ['another namespace', withClaims({ permissions: ['other:admin'] })],
    ['another case of the namespace', withClaims({ permissions: ['Default:write'] })],
    ['upper-case role', withClaims({ permissions: ['default:WRITE'] })],
    ['read', withClaims({ permissions: ['default:read'] })],
    ['worker', withClaims({ permissions: ['default:worker'] })],
    ['worker and read', withClaims({ permissions: ['default:worker', 'default:read'] })],
    ['admin', withClaims({ permissions: ['default:admin'] })],
    ['system read', withClaims({ permissions: ['temporal-system:read'] })],
    ['system admin', withClaims({ permissions: ['temporal-system:admin'] })],
    ['admin of "system"', withClaims({ permissions: ['system:admin'] })],
    [
      'permissions among other things',
      withClaims({ permissions: [7, null, 'default', 'default:write:x', 'default:write'] }),
    ],
    ['role with a colon', withClaims({ permissions: ['default:write:x'] })],
  ]);
}
