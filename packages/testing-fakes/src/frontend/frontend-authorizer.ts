import { type AuthorizerOptions, authorizerOf } from '../authorization/authorizer-options.ts';
import type { DenialReason } from '../authorization/denial-reason.ts';
import { methodAccess } from '../authorization/methods.ts';
import { unknownMethod } from '../authorization/temporal-authorizer.ts';
import type { Decision } from '../grpc/authorizing-server.ts';
import type { Rpc } from '../grpc/rpc.ts';
import { rpcFaults } from '../grpc/rpc-faults.ts';
import { bearerToken } from '../grpc/seen-tokens.ts';

/** Which tokens are good: given ones, or those that a function says; it is asked about a call without one, too. */
export type TokenChoice = readonly string[] | ((token: string | undefined) => boolean);

/** Why a frontend refuses an RPC. */
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

type Authorize = (rpc: Rpc) => Decision<FrontendDenialReason> | Promise<Decision<FrontendDenialReason>>;

/**
 * Decides by signed tokens as Temporal's default authorizer, or by the token alone. The namespace of a call is told either way.
 *
 * @throws TypeError when both are given
 */
export function frontendAuthorizer(
  options: FrontendAuthorizerOptions,
  clock: { wallNow(): number },
): Authorize {
  const { jwks, acceptToken } = options;
  if (jwks !== undefined && acceptToken !== undefined) {
    throw new TypeError('A frontend decides about tokens by `jwks` or by `acceptToken`, not by both');
  }
  const decide =
    jwks === undefined
      ? byToken(acceptToken ?? ((token) => token !== undefined && token !== ''))
      : authorizerOf({ ...options, jwks }, clock);
  return async (rpc) => {
    const decision = await decide(rpc);
    const access = methodAccess(rpc.path);
    if (access?.scope !== 'namespace') return decision;
    return { ...decision, namespace: decision.namespace ?? (await rpc.stringField(access.namespaceField)) };
  };
}

/** As Temporal does: where no token is needed none is asked for, but a bad one is refused even there. */
function byToken(choice: TokenChoice): Authorize {
  const isGood = typeof choice === 'function' ? choice : isOneOf(choice);
  return (rpc) => {
    const access = methodAccess(rpc.path);
    if (access === undefined) {
      return Promise.resolve({ denial: { reason: 'unknown-method', ...unknownMethod(rpc.path) } });
    }
    const { authorization } = rpc.headers;
    const token = bearerToken(authorization);
    const isFree = access.scope === 'anyone' && authorization === undefined;
    if (isFree || isGood(token)) return Promise.resolve({ denial: undefined });
    const reason = authorization === undefined ? 'no-token' : 'unaccepted-token';
    return Promise.resolve({ denial: { reason, ...rpcFaults.permissionDenied } });
  };
}

function isOneOf(tokens: readonly string[]): (token: string | undefined) => boolean {
  return (token) => token !== undefined && tokens.includes(token);
}
