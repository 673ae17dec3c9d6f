import type { Clock } from '@worker-auth/ports';
import type { Decision } from '../grpc/responses.ts';
import { isService, methodAccess, roleNumber, type MethodAccess } from '../grpc/methods.ts';
import type { Rpc } from '../grpc/rpc.ts';
import { bearerToken } from '../grpc/seen-tokens.ts';
import type { GrpcStatus } from '../grpc/responses.ts';
import type { DenialReason } from './denial-reason.ts';
import { verifyJwt, type Claims, type VerificationSettings } from './verify-jwt.ts';

/** The namespace under which a `permissions` claim speaks of the whole cluster. */
const systemScope = 'temporal-system';

export interface TemporalAuthorizerSettings extends VerificationSettings {
  readonly clock: Pick<Clock, 'wallNow'>;
}

const unauthorized: GrpcStatus = { status: 'PERMISSION_DENIED', message: 'Request unauthorized.' };

/**
 * Decides about an RPC as Temporal's default claim mapper and authorizer do: first the token, whatever the method; then
 * the role. A method that Temporal does not have never comes so far. Source: temporalio/temporal, common/authorization/{interceptor,default_jwt_claim_mapper,default_authorizer}.go.
 */
export function temporalAuthorizer({
  clock,
  ...verification
}: TemporalAuthorizerSettings): (rpc: Rpc) => Promise<Decision<DenialReason>> {
  return async (rpc) => {
    const access = methodAccess(rpc.path);
    if (access === undefined) return { denial: { reason: 'unknown-method', ...unknownMethod(rpc.path) } };
    const { authorization } = rpc.headers;
    let claims: Claims | undefined;
    if (authorization !== undefined && authorization !== '') {
      const token = bearerToken(authorization);
      if (token === undefined) return { denial: { reason: 'malformed-token', ...unauthorized } };
      const verified = await verifyJwt(token, verification, clock.wallNow(), rpc.signal);
      claims = verified.claims;
      if (verified.fault !== undefined)
        return { denial: { reason: verified.fault, ...unauthorized }, claims };
    }
    const { lack, namespace } = await missingRight(rpc, access, claims);
    return { denial: lack === undefined ? undefined : { reason: lack, ...unauthorized }, claims, namespace };
  };
}

/** How a gRPC server ends an RPC whose method it does not have. */
export function unknownMethod(path: string): GrpcStatus {
  const [, service = '', method = ''] = path.split('/');
  const message = isService(service)
    ? `unknown method ${method} for service ${service}`
    : `unknown service ${service}`;
  return { status: 'UNIMPLEMENTED', message };
}

/** What `claims` lack for a call, and the namespace that was asked about. */
async function missingRight(
  rpc: Rpc,
  access: MethodAccess,
  claims: Claims | undefined,
): Promise<{ readonly lack: DenialReason | undefined; readonly namespace?: string }> {
  if (access.scope === 'anyone') return { lack: undefined };
  if (claims === undefined) return { lack: 'no-token' };
  let role = roleIn(claims, systemScope);
  let namespace: string | undefined;
  if (access.scope === 'namespace' && role < access.role) {
    namespace = await rpc.stringField(access.namespaceField);
    role |= roleIn(claims, namespace);
  }
  return {
    lack: role >= access.role ? undefined : 'missing-role',
    ...(namespace !== undefined && { namespace }),
  };
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
