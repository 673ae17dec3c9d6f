import type { PublicKeys } from './json-web-keys.ts';
import { methodAccess, roleNumber, type MethodAccess } from './methods.ts';
import { verifyJwt, type Claims, type TokenFault } from './verify-jwt.ts';

/** The namespace under which a `permissions` claim speaks of the whole cluster. */
const SYSTEM_SCOPE = 'temporal-system';

/**
 * Why an RPC is refused: the token's fault, no token where one is needed, no role that suffices, or a method that Temporal
 * does not have. Temporal itself tells its log alone.
 */
export type DenialReason = TokenFault | 'no-token' | 'missing-role' | 'unknown-method';

/** The outcome for one RPC; `claims` are those of a token whose signature holds. */
export interface Decision {
  readonly denied: DenialReason | undefined;
  readonly claims?: Claims | undefined;
}

/** One RPC, as far as its authorization goes. */
export interface Call {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The `authorization` header. */
  readonly authorization: string | undefined;
  /** The namespace that the request message names in this field; asked for only when the verdict depends on it. */
  namespace(fieldNumber: number): Promise<string>;
}

/**
 * Decides about a call as Temporal's default claim mapper and authorizer do: first the token, whatever the method; then
 * the role. A method that Temporal does not have never comes so far. Source: temporalio/temporal, common/authorization/{interceptor,default_jwt_claim_mapper,default_authorizer}.go.
 *
 * @param nowMs milliseconds since the epoch
 */
export async function authorize(
  call: Call,
  keys: PublicKeys,
  nowMs: number,
  signal: AbortSignal,
): Promise<Decision> {
  const access = methodAccess(call.path);
  if (access === undefined) return { denied: 'unknown-method' };
  let claims: Claims | undefined;
  if (call.authorization !== undefined && call.authorization !== '') {
    const token = bearerToken(call.authorization);
    if (token === undefined) return { denied: 'malformed-token' };
    const verification = await verifyJwt(token, keys, nowMs, signal);
    claims = verification.claims;
    if (verification.fault !== undefined) return { denied: verification.fault, claims };
  }
  return { denied: await missingRight(call, access, claims), claims };
}

/** What follows the scheme `Bearer` (in any case) and one space, or `undefined` when the header has another form. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer (.*)$/i.exec(authorization ?? '')?.[1];
}

async function missingRight(
  call: Call,
  access: MethodAccess,
  claims: Claims | undefined,
): Promise<DenialReason | undefined> {
  if (access.scope === 'anyone') return undefined;
  if (claims === undefined) return 'no-token';
  let role = roleIn(claims, SYSTEM_SCOPE);
  if (access.scope === 'namespace' && role < access.role) {
    const namespace = await call.namespace(access.namespaceField);
    if (namespace !== SYSTEM_SCOPE) role |= roleIn(claims, namespace);
  }
  return role >= access.role ? undefined : 'missing-role';
}

/** The roles that the `permissions` claim gives in `namespace`, added up; anything of another form is passed over. */
function roleIn(claims: Claims, namespace: string): number {
  const permissions: readonly unknown[] = Array.isArray(claims['permissions']) ? claims['permissions'] : [];
  let role = 0;
  for (const permission of permissions) {
    if (typeof permission !== 'string') continue;
    const colon = permission.indexOf(':');
    if (colon < 0 || permission.slice(0, colon) !== namespace) continue;
    role |= roleNumber(permission.slice(colon + 1));
  }
  return role;
}
