import type { Clock } from '@worker-auth/ports';
import type { Decision } from '../grpc/responses.ts';
import type { Rpc } from '../grpc/rpc.ts';
import type { DenialReason } from './denial-reason.ts';
import { type EnvoyJwt, parseEnvoyJwt } from './envoy-jwt.ts';
import type { EnvoyKey } from './envoy-keys.ts';
import { EnvoyRejection } from './envoy-rejection.ts';
import { verifyEnvoyJwt } from './envoy-signature.ts';
import type { KeySource } from './key-source.ts';

export interface EnvoyAuthorizerSettings {
  readonly keys: KeySource<readonly EnvoyKey[]>;
  readonly clock: Pick<Clock, 'wallNow'>;
  /** What `aud` must hold; `undefined` does not ask. */
  readonly audience: string | undefined;
  /** What `iss` must be; `undefined` does not ask. */
  readonly issuer: string | undefined;
  /** How long before and after its time a token is good. */
  readonly clockSkewSeconds: number;
}

const bearer = 'Bearer ';

/**
 * Decides about an RPC as the filter `jwt_authn` of an Envoy that protects every path (Envoy 1.40,
 * source/extensions/filters/http/jwt_authn/{extractor,authenticator,filter}.cc and its jwt_verify_lib): whatever the method, with no
 * look at `permissions`, and the time before the signature.
 */
export function envoyAuthorizer(
  settings: EnvoyAuthorizerSettings,
): (rpc: Rpc) => Promise<Decision<DenialReason>> {
  return async (rpc) => {
    const token = tokenOf(rpc.fields('authorization').join(','));
    try {
      if (token === undefined) throw new EnvoyRejection('no-token', 'Jwt is missing');
      const jwt = parseEnvoyJwt(token);
      checkClaims(jwt, settings);
      verifyEnvoyJwt(token, jwt, await keysOf(settings.keys, rpc.signal));
      return { denial: undefined, claims: jwt.claims };
    } catch (error) {
      if (!(error instanceof EnvoyRejection)) throw error;
      return denial(rpc, error);
    }
  };
}

/** What follows the scheme, wherever that stands, from the first character on that a token can have. */
function tokenOf(value: string): string | undefined {
  const at = value.indexOf(bearer);
  if (at < 0) return undefined;
  const start = value.slice(at + bearer.length).search(/[\w.-]/);
  return start < 0 ? value : value.slice(at + bearer.length + start);
}

function checkClaims(
  jwt: EnvoyJwt,
  { clock, audience, issuer, clockSkewSeconds }: EnvoyAuthorizerSettings,
): void {
  if (issuer !== undefined && jwt.issuer !== issuer)
    throw new EnvoyRejection('wrong-issuer', 'Jwt issuer is not configured');
  const now = Math.floor(clock.wallNow() / 1_000);
  if (now + clockSkewSeconds < jwt.notBefore) throw new EnvoyRejection('not-yet-valid', 'Jwt not yet valid');
  if (jwt.expiresAt !== 0 && now > jwt.expiresAt + clockSkewSeconds)
    throw new EnvoyRejection('expired', 'Jwt is expired');
  if (audience !== undefined && !jwt.audiences.map(withoutScheme).includes(withoutScheme(audience))) {
    throw new EnvoyRejection('wrong-audience', 'Audiences in Jwt are not allowed');
  }
}

/** Envoy takes `https://name/` for `name` (check_audience.cc of jwt_verify_lib). */
function withoutScheme(audience: string): string {
  return audience.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

async function keysOf(
  keys: KeySource<readonly EnvoyKey[]>,
  signal: AbortSignal,
): Promise<readonly EnvoyKey[]> {
  try {
    return await keys.get(signal);
  } catch {
    throw new EnvoyRejection('keys-unavailable', 'Jwks remote fetch is failed');
  }
}

/** The audience is Envoy's only 403, which is `PERMISSION_DENIED` in gRPC; all else is 401. */
function denial({ headers, path }: Rpc, { reason, message }: EnvoyRejection): Decision<DenialReason> {
  const realm = `Bearer realm="${String(headers[':scheme'])}://${String(headers[':authority'])}${path}"`;
  const challenge = reason === 'no-token' ? realm : `${realm}, error="invalid_token"`;
  const status = reason === 'wrong-audience' ? 'PERMISSION_DENIED' : 'UNAUTHENTICATED';
  return { denial: { reason, status, message, headers: { 'www-authenticate': challenge, server: 'envoy' } } };
}
