import { callSafely, type SecretStore, checkList, checkMethods } from '@worker-auth/internal';

/**
 * Asks `stores` in order, one after the other, and goes on to the next only when one says that it has no such secret.
 *
 * - A store that cannot answer ends the read with its error: the stores after it are not asked, or an outage would look like another configuration.
 * - Secrets that belong together, one secret a key, are looked for in one store at a time: id and secret never come from two.
 * - It remembers nothing, has no deadline of its own, and merges no fields.
 *
 * @throws TypeError without a store
 */
export function chain(stores: readonly SecretStore[]): SecretStore {
  checkList('stores', stores);
  for (const store of stores) checkMethods('Each store', store, 'get');
  if (stores.length === 0) throw new TypeError('chain needs at least one store');
  return {
    stores,
    async get(name, options) {
      for (const store of stores) {
        const secret = await store.get(name, options);
        if (secret !== undefined) return secret;
      }
      return undefined;
    },
    invalidate() {
      for (const store of stores) callSafely(() => store.invalidate?.(), undefined);
    },
  };
}
