import { type DaprComponent, nearestName } from '@worker-auth/internal';
import { SecretStoreErrorCode } from '../errors.ts';
import { AmbiguousSecretStoreError, NoSecretStoreComponentError } from './errors.ts';

/**
 * The secret store to use: the one of the configured name; otherwise the only one that a user defined. The store that
 * Dapr adds by itself on Kubernetes (`kubernetes`) is used only when it is the configured one.
 *
 * @throws NoSecretStoreComponentError when there is none
 * @throws AmbiguousSecretStoreError when there are several: they are listed, none is guessed
 */
export function chooseComponent(components: readonly DaprComponent[], configuredName: string): DaprComponent {
  const stores = components.filter(({ type }) => type.toLowerCase().startsWith('secretstores.'));
  const configured = stores.find(({ name }) => name === configuredName);
  if (configured !== undefined) return configured;
  const configurable = stores.filter((store) => !isBuiltIn(store));
  const [only, ...others] = configurable;
  if (only === undefined) throw noComponent(configuredName, stores.length > 0);
  if (others.length === 0) return only;
  const candidates = configurable.map(({ name }) => name);
  const meant = nearestName(configuredName, candidates);
  throw new AmbiguousSecretStoreError(
    `The sidecar has no secret store component "${configuredName}", and several others: ` +
      `${candidates.map((name) => `"${name}"`).join(', ')}. ` +
      `Set WORKER_AUTH_SECRET_COMPONENT to ${meant === undefined ? 'the one to use' : `"${meant}", if that is meant`}.`,
    { code: SecretStoreErrorCode.ambiguousComponent, candidates },
  );
}

function isBuiltIn({ name, type }: DaprComponent): boolean {
  return name === 'kubernetes' && type.toLowerCase() === 'secretstores.kubernetes';
}

function noComponent(configuredName: string, hasBuiltIn: boolean): NoSecretStoreComponentError {
  const orBuiltIn = hasBuiltIn
    ? ', or name the built-in "kubernetes" store with WORKER_AUTH_SECRET_COMPONENT.'
    : '.';
  return new NoSecretStoreComponentError(
    'No secret store components found. Load a component of a type that starts with "secretstores." and call it ' +
      `"${configuredName}"${orBuiltIn}`,
    { code: SecretStoreErrorCode.noComponent },
  );
}
