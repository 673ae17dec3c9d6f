import type { Clock } from '@worker-auth/ports';
import { type AuthorizerOptions, authorizerOf } from '../authorization/authorizer-options.ts';
import type { DenialReason } from '../authorization/denial-reason.ts';
import { methodAccess } from '../grpc/methods.ts';
import { unknownMethod } from '../authorization/temporal-authorizer.ts';
import type { Decision } from '../grpc/responses.ts';
import type { Rpc } from '../grpc/rpc.ts';
import { rpcFaults } from '../grpc/rpc-fault.ts';
import { bearerToken } from '../grpc/seen-tokens.ts';

/** Which tokens are good: given ones, or those that a function says; it is asked about a call without one, too. */
export type TokenChoice = readonly string[] | ((token: string | undefined) => boolean);

/** Why a frontend rejects an RPC. */
export type FrontendDenialReason = DenialReason | 'unaccepted-token';

/** How a frontend decides about tokens. */
export interface FrontendAuthorizerOptions extends Partial<AuthorizerOptions> {
  /**
   * Which tokens are good: given ones, or those that a function says. Default: any; but there must be one, except where Temporal
   * needs none (GetSystemInfo, the health check). `() => true` is a Temporal without authorization. Not together with `jwks`, by which
   * tokens are checked as Temporal's own authorizer does it, and their permissions too.
   */
  readonly acceptToken?: TokenChoice | undefined;
}

/** The options that only signed tokens have a use for. */
const signedTokenOptions = ['audience', 'keyRefreshMs'] as const;

type Authorize = (rpc: Rpc) => Decision<FrontendDenialReason> | Promise<Decision<FrontendDenialReason>>;

/**
 * Decides by signed tokens as Temporal's default authorizer, or by the token alone. The decision has the namespace of the call either way.
 *
 * @throws TypeError when both are given, or options of the one with the other
 */
export function frontendAuthorizer(
  options: FrontendAuthorizerOptions,
  clock: Pick<Clock, 'wallNow'>,
): Authorize {
  const { jwks, acceptToken } = options;
  if (jwks !== undefined && acceptToken !== undefined) {
    throw new TypeError('A frontend decides about tokens by jwks or by acceptToken, not by both');
  }
  const decide = jwks === undefined ? byToken(options) : authorizerOf({ ...options, jwks }, clock);
  return async (rpc) => {
    const decision = await decide(rpc);
    const access = methodAccess(rpc.path);
    if (access?.scope !== 'namespace') return decision;
    return { ...decision, namespace: decision.namespace ?? (await rpc.stringField(access.namespaceField)) };
  };
}

/** As Temporal does, where no token is needed none is asked for, but a bad one is rejected even there. */
function byToken(options: FrontendAuthorizerOptions): Authorize {
  for (const name of signedTokenOptions) {
    if (options[name] !== undefined) throw new TypeError(`${name} is about signed tokens: it needs jwks`);
  }
  const { acceptToken = isThere } = options;
  const isGood = typeof acceptToken === 'function' ? acceptToken : isOneOf(acceptToken);
  return ({ path, headers: { authorization } }) => {
    const access = methodAccess(path);
    if (access === undefined) return { denial: { reason: 'unknown-method', ...unknownMethod(path) } };
    const isMissing = authorization === undefined;
    const isFree = access.scope === 'anyone' && isMissing;
    if (isFree || isGood(bearerToken(authorization))) return { denial: undefined };
    return { denial: { reason: isMissing ? 'no-token' : 'unaccepted-token', ...rpcFaults.permissionDenied } };
  };
}

function isThere(token: string | undefined): boolean {
  return token !== undefined && token !== '';
}

function isOneOf(tokens: readonly string[]): (token: string | undefined) => boolean {
  return (token) => tokens.some((one) => one === token);
}
