import { createHmac, randomUUID } from 'node:crypto';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';

/** The `typ` of the header by RFC 10070. */
const assertionType = 'client-authentication+jwt';

/** How long the assertion of a client secret is good for: one is made for each request. */
const secretLifetimeMs = 60_000;

/** Whom an assertion is about, and for. */
export interface AssertionSubject {
  readonly clientId: string;
  readonly tokenUrl: string;
  /** `undefined` is an error. */
  readonly audience: string | undefined;
}

/** What an assertion is signed with. */
export interface AssertionSigner {
  /** With `alg`. */
  readonly header: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly lifetimeMs: number;
  readonly sign: (text: string) => Buffer;
}

/**
 * A JWT by which a client authenticates itself (RFC 7523 section 2.2 as updated by RFC 10070). One for the token endpoint has no `typ`.
 *
 * @throws TokenRequestError where no audience is known
 */
export function signedAssertion(
  { clientId, tokenUrl, audience }: AssertionSubject,
  { header, nowMs, lifetimeMs, sign }: AssertionSigner,
): string {
  if (audience === undefined) throw audienceUnknown();
  const iat = Math.floor(nowMs / 1_000);
  const exp = iat + Math.ceil(lifetimeMs / 1_000);
  const claims = { iss: clientId, sub: clientId, aud: audience, iat, exp, jti: randomUUID() };
  const typ = audience === tokenUrl ? {} : { typ: assertionType };
  const text = [{ ...typ, ...header }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${text}.${base64url(sign(text))}`;
}

/** The same, signed with the client's secret (`client_secret_jwt`, OpenID Connect Core section 9), by the first algorithm of ours that the issuer lists. */
export function secretAssertion(
  subject: AssertionSubject,
  secret: string,
  { nowMs, algorithms = [] }: { readonly nowMs: number; readonly algorithms?: readonly string[] | undefined },
): string {
  const alg = ['HS256', 'HS384', 'HS512'].find((name) => algorithms.includes(name)) ?? 'HS256';
  const sign = (text: string): Buffer =>
    createHmac(`sha${alg.slice(2)}`, secret)
      .update(text)
      .digest();
  return signedAssertion(subject, { header: { alg }, nowMs, lifetimeMs: secretLifetimeMs, sign });
}

function base64url(value: string | Buffer): string {
  return Buffer.from(value).toString('base64url');
}

function audienceUnknown(): TokenRequestError {
  return new TokenRequestError(
    "The audience of the client's assertion is not known: RFC 10070 has the issuer there, and only a tokenUrl was given. " +
      "Set issuer in place of tokenUrl, or assertionAudience to the issuer, or to 'token-endpoint' for a server that wants that",
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}
