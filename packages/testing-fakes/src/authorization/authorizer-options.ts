import type { Clock } from '@worker-auth/ports';
import {
  anything,
  type Checks,
  either,
  isText,
  positiveMs,
  text,
  urlText,
  withMethods,
} from '../given/check-given.ts';
import type { Decision } from '../grpc/responses.ts';
import type { Rpc } from '../grpc/rpc.ts';
import type { DenialReason } from './denial-reason.ts';
import { type JsonWebKeySet, keySource } from './key-source.ts';
import { temporalAuthorizer } from './temporal-authorizer.ts';

/** Who decides about tokens, and by what. */
export interface AuthorizerOptions {
  /** The keys that tokens are signed with: a set, or the address of one. */
  readonly jwks: JsonWebKeySet | string | URL;
  /** What the `aud` claim must hold. Default: it is not checked. */
  readonly audience?: string | undefined;
  /**
   * How old a key set from an address may become, in milliseconds by the clock, so that a withdrawn key ends. Default 60,000 (as
   * Temporal's Docker image has it).
   */
  readonly keyRefreshMs?: number | undefined;
  /** Gives the time (milliseconds since the epoch) by which tokens expire and faults end. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'wallNow'> | undefined;
}

export const authorizerChecks: Checks<AuthorizerOptions> = {
  jwks: either(isText, urlText, anything),
  audience: text,
  keyRefreshMs: positiveMs,
  clock: withMethods('wallNow'),
};

const defaultRefreshMs = 60_000;

/**
 * @throws TypeError when `jwks` is a text that is not a URL, or a key set that cannot be used
 */
export function authorizerOf(
  { jwks, audience, keyRefreshMs: refreshMs = defaultRefreshMs }: AuthorizerOptions,
  clock: Pick<Clock, 'wallNow'>,
): (rpc: Rpc) => Promise<Decision<DenialReason>> {
  return temporalAuthorizer({ keys: keySource({ jwks, refreshMs, clock }), audience, clock });
}
