/**
 * `spec.secrets.scopes` of a Dapr Configuration, for one store.
 *
 * @see https://docs.dapr.io/operations/configuration/secret-scope/
 */
export interface SecretScope {
  /** Default `allow`. */
  readonly defaultAccess?: 'allow' | 'deny';
  /** When there are any, only these may be read, whatever else is said. */
  readonly allowedSecrets?: readonly string[];
  readonly deniedSecrets?: readonly string[];
}

/** Whether the sidecar hands the secret out, as `SecretsScope.IsSecretAllowed` of dapr/pkg/config decides. */
export function isSecretAllowed(scope: SecretScope | undefined, name: string): boolean {
  const { defaultAccess = 'allow', allowedSecrets = [], deniedSecrets = [] } = scope ?? {};
  if (allowedSecrets.length > 0) return allowedSecrets.includes(name);
  return defaultAccess === 'allow' && !deniedSecrets.includes(name);
}
