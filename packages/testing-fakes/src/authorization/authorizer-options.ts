import type { Clock } from '@worker-auth/ports';
import {
  anything,
  type Checks,
  either,
  isText,
  oneOf,
  positiveMs,
  text,
  urlText,
  withMethods,
} from '../given/check-given.ts';
import type { Decision } from '../grpc/responses.ts';
import type { Rpc } from '../grpc/rpc.ts';
import type { DenialReason } from './denial-reason.ts';
import { envoyAuthorizer } from './envoy-authorizer.ts';
import { readEnvoyKeys } from './envoy-keys.ts';
import { type JsonWebKeySet, keySource } from './key-source.ts';
import { temporalAuthorizer } from './temporal-authorizer.ts';
import { readTemporalKeys } from './temporal-keys.ts';

/** Who decides about tokens, and by what. */
export interface AuthorizerOptions {
  /** The keys that tokens are signed with: a set, or the address of one. */
  readonly jwks: JsonWebKeySet | string | URL;
  /**
   * Whose verdicts and texts these are: those of Temporal's own authorizer, or of an Envoy with the filter `jwt_authn` for every path.
   * That asks for a good token alone and gives every method the same response. Default `temporal`.
   */
  readonly speaks?: 'temporal' | 'envoy' | undefined;
  /** What the `aud` claim must hold. Default: it is not checked. */
  readonly audience?: string | undefined;
  /**
   * How old a key set from an address may become, in milliseconds by the clock, so that a withdrawn key ends. Default 60,000 (as
   * Temporal's Docker image has it), or 600,000 as Envoy.
   */
  readonly keyRefreshMs?: number | undefined;
  /** Envoy's `issuer`: what the `iss` claim must be. Default: it is not checked. */
  readonly issuer?: string | undefined;
  /** Envoy's `clock_skew_seconds`: how long before and after its time a token is good. Default 60. */
  readonly clockSkewSeconds?: number | undefined;
  /** Gives the time (milliseconds since the epoch) by which tokens expire and faults end. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'wallNow'> | undefined;
}

export const authorizerChecks: Checks<AuthorizerOptions> = {
  jwks: either(isText, urlText, anything),
  speaks: oneOf(['temporal', 'envoy']),
  audience: text,
  keyRefreshMs: positiveMs,
  issuer: text,
  clockSkewSeconds: positiveMs,
  clock: withMethods('wallNow'),
};

const temporalRefreshMs = 60_000;
const envoyRefreshMs = 600_000;
const envoyClockSkewSeconds = 60;

/**
 * @throws TypeError when `jwks` is a text that is not a URL, or a key set that cannot be used, or when options contradict each other
 */
export function authorizerOf(
  options: AuthorizerOptions,
  clock: Pick<Clock, 'wallNow'>,
): (rpc: Rpc) => Promise<Decision<DenialReason>> {
  rejectEnvoys(options);
  const { jwks, speaks = 'temporal', audience, issuer, clockSkewSeconds = envoyClockSkewSeconds } = options;
  if (speaks === 'temporal') {
    const refreshMs = options.keyRefreshMs ?? temporalRefreshMs;
    const keys = keySource({ jwks, read: readTemporalKeys, refreshMs, clock, keepsOld: true });
    return temporalAuthorizer({ keys, audience, clock });
  }
  const refreshMs = options.keyRefreshMs ?? envoyRefreshMs;
  const keys = keySource({ jwks, read: readEnvoyKeys, refreshMs, clock, keepsOld: false });
  return envoyAuthorizer({ keys, audience, issuer, clockSkewSeconds, clock });
}

function rejectEnvoys(options: AuthorizerOptions): void {
  if (options.speaks === 'envoy') return;
  for (const name of ['issuer', 'clockSkewSeconds'] as const) {
    if (options[name] !== undefined) throw new TypeError(`${name} is Envoy's: it needs speaks: 'envoy'`);
  }
}
