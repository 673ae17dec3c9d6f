import { EnvoyRejection } from './envoy-rejection.ts';
import { parseObject, type JsonObject } from './json.ts';

/** A token that Envoy could take apart. Of its times 0 stands for none, as in Envoy. */
export interface EnvoyJwt {
  readonly alg: string;
  readonly kid: string;
  readonly issuer: string;
  readonly notBefore: number;
  readonly expiresAt: number;
  readonly audiences: readonly string[];
  readonly claims: JsonObject;
  /** What was signed, and the signature. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const algorithms: readonly string[] = ['RS', 'PS', 'ES', 'HS']
  .flatMap((kind) => ['256', '384', '512'].map((bits) => kind + bits))
  .concat('EdDSA');

/** What a time claim cannot be any more: it is an unsigned 64-bit integer. */
const timeLimit = 2 ** 64;

/**
 * Takes a token apart as Envoy does, in its order.
 *
 * @throws EnvoyRejection with Envoy's text
 */
export function parseEnvoyJwt(token: string): EnvoyJwt {
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || parts.includes('')) {
    fail('is not in the form of Header.Payload.Signature with two dots and 3 sections');
  }
  const head = parsePart(header, 'header');
  const { alg, kid = '' } = head;
  if (typeof alg !== 'string') fail('header [alg] field is required and must be a string');
  if (!algorithms.includes(alg)) fail('header [alg] is not supported');
  if (typeof kid !== 'string') fail('header [kid] field is not a string');
  const claims = parsePart(payload, 'payload');
  const issuer = stringClaim(claims, 'iss');
  stringClaim(claims, 'sub');
  timeClaim(claims, 'iat');
  const notBefore = timeClaim(claims, 'nbf');
  const expiresAt = timeClaim(claims, 'exp');
  stringClaim(claims, 'jti');
  const audiences = audiencesOf(claims);
  const signed = Buffer.from(`${header}.${payload}`);
  return {
    alg,
    kid,
    issuer,
    notBefore,
    expiresAt,
    audiences,
    claims,
    signed,
    signature: decode(signature, 'signature'),
  };
}

function fail(what: string): never {
  throw new EnvoyRejection('malformed-token', `Jwt ${what}`);
}

function parsePart(part: string, name: 'header' | 'payload'): JsonObject {
  return parseObject(decode(part, name).toString()) ?? fail(`${name} is an invalid JSON`);
}

/** Abseil's `WebSafeBase64Unescape`: white space is passed over, and padding may be there or not. */
function decode(part: string, name: string): Buffer {
  const [, digits = '', padding = ''] = /^([\w-]*)(={0,2})$/.exec(part.replaceAll(/\s/g, '')) ?? [];
  const isPadded = padding === '' || (digits.length + padding.length) % 4 === 0;
  const isEmpty = digits === '' && part.trim() !== '';
  if (isEmpty || digits.length % 4 === 1 || !isPadded) fail(`${name} is an invalid Base64url encoded`);
  return Buffer.from(digits, 'base64url');
}

function stringClaim(claims: JsonObject, name: string): string {
  const { [name]: value = '' } = claims;
  return typeof value === 'string' ? value : fail(`payload [${name}] field is not a string`);
}

function timeClaim(claims: JsonObject, name: string): number {
  const { [name]: value = 0 } = claims;
  if (typeof value !== 'number') fail(`payload [${name}] field is not an integer`);
  if (value < 0 || value >= timeLimit) fail(`payload [${name}] field is not a positive 64 bit integer`);
  return Math.trunc(value);
}

function audiencesOf({ aud = [] }: JsonObject): readonly string[] {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.map((one) =>
    typeof one === 'string' ? one : fail('payload [aud] field is not a string or string list'),
  );
}
