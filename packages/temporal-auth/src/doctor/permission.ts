/** Roles that may do what a worker does; Temporal compares them as numbers: worker 1, read 2, write 4, admin 8. */
const writingRoles: ReadonlySet<string> = new Set(['write', 'admin']);

/** The namespace whose permissions hold for all of them. */
const systemNamespace = 'temporal-system';

/**
 * What the claim `permissions` says of a namespace, as Temporal's default claim mapper reads it: a list of `namespace:role`.
 *
 * @see https://docs.temporal.io/self-hosted-guide/security#authorization
 */
export interface Permissions {
  /** What the token holds for any namespace; `undefined` when there is no such claim, or none that is a list. */
  readonly held: readonly string[] | undefined;
  /** Whether a worker can work with it in the namespace. */
  readonly mayWrite: boolean;
}

export function permissionsIn(claims: Readonly<Record<string, unknown>>, namespace: string): Permissions {
  const { permissions } = claims;
  if (!Array.isArray(permissions)) return { held: undefined, mayWrite: false };
  const held = permissions.filter((one): one is string => typeof one === 'string');
  return { held, mayWrite: held.some((one) => grantsWrite(one, namespace)) };
}

function grantsWrite(permission: string, namespace: string): boolean {
  const [where = '', role = '', ...rest] = permission.split(':');
  const isHere = where === namespace || where === systemNamespace;
  return rest.length === 0 && isHere && writingRoles.has(role.toLowerCase());
}
