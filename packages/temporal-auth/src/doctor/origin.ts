import type { Environment } from '@worker-auth/inlined';
import { sanitize } from '@worker-auth/inlined/network';

/**
 * Where a setting comes from: `option host`, the first variable that is set, or `default`. An empty variable is an unset one.
 *
 * @param variables one, or its names in the order in which they are looked at
 */
export function originOf(
  option: string,
  given: unknown,
  variables: string | readonly string[],
  env: Environment,
): string {
  if (given !== undefined) return `option ${option}`;
  return [variables].flat().find((name) => (env[name] ?? '') !== '') ?? 'default';
}

/** Where it comes from that authentication is on or off. */
export function authOrigin(
  { authEnabled }: { readonly authEnabled?: boolean | undefined },
  env: Environment,
): string {
  return originOf('authEnabled', authEnabled, ['ATLAN_WORKFLOW_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED'], env);
}

/** A URL without what may be secret in it: user and query. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return sanitize(`${origin}${pathname}`);
}
