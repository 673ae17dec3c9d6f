import { AmbiguousSecretStoreError, NoSecretStoreComponentError } from './errors.ts';
import type { DaprComponent } from './sidecar.ts';

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
  const own = stores.filter((store) => !isBuiltIn(store));
  const [only, ...others] = own;
  if (only === undefined) throw new NoSecretStoreComponentError(configuredName, stores.length > 0);
  if (others.length > 0)
    throw new AmbiguousSecretStoreError(
      configuredName,
      own.map(({ name }) => name),
    );
  return only;
}

function isBuiltIn({ name, type }: DaprComponent): boolean {
  return name === 'kubernetes' && type.toLowerCase() === 'secretstores.kubernetes';
}
