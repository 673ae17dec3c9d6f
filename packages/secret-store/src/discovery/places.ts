import type { ClientCredentials } from '../credential-source.ts';
import type { DaprStore } from '../dapr/dapr-store.ts';
import type { PlaceReport } from '../errors.ts';
import type { ReadOptions, Secret, SecretStore } from '../secret-store.ts';
import { type Environment, environmentStore } from '../stores/environment-store.ts';
import { printable } from '../text.ts';
import { readBundle, readOneByOne } from './collect.ts';
import { type CredentialKeys, inUpperCase } from './keys.ts';
import { pairOf } from './pair.ts';

const environmentPrefix = 'ATLAN_';
const maxListedNames = 20;

/** A place where credentials may be: gives them, or says what was there instead. Throws when it cannot say. */
export interface Place {
  find(options: ReadOptions): Promise<ClientCredentials | PlaceReport>;
  invalidate(): void;
}

/** The variables `ATLAN_<app_name>_client_id` and `_client_secret`, in lower case or all in upper case. */
export function environmentPlace(env: Environment, keys: CredentialKeys): Place {
  const store = environmentStore({ env, prefix: environmentPrefix });
  const label = (key: string): string => `${environmentPrefix}${key}`;
  return {
    async find(options) {
      for (const spelled of [keys, inUpperCase(keys)]) {
        const source = `environment variables ${label(spelled.clientId)} and ${label(spelled.clientSecret)}`;
        const fields = await readOneByOne(store, spelled, source, options);
        const pair = fields === undefined ? undefined : pairOf(fields, spelled, { source, label });
        if (pair !== undefined) return pair;
      }
      const similar = Object.keys(env).filter((name) => /^ATLAN_.*_client_(id|secret)$/i.test(name));
      const names = `${label(keys.clientId)} and ${label(keys.clientSecret)}`;
      return {
        place: 'environment variables',
        found: `${names} are not set${similar.length === 0 ? '' : `; set are ${list(similar)}`}`,
      };
    },
    invalidate: () => undefined,
  };
}

/** The secret store component of a Dapr sidecar. */
export function daprPlace(store: DaprStore, keys: CredentialKeys, secretName: string): Place {
  return storePlace(store, keys, secretName, async (options) => {
    const { name } = await store.component(options);
    return `Dapr secret store component "${name}"`;
  });
}

/**
 * A store that holds the credentials in one secret, as fields or as one JSON value, or, when it has no such secret,
 * in one secret a key.
 */
export function storePlace(
  store: SecretStore,
  keys: CredentialKeys,
  secretName: string,
  describe: (options: ReadOptions) => Promise<string> | string,
): Place {
  return {
    async find(options) {
      const bundle = await readBundle(store, secretName, options);
      const place = await describe(options);
      if (bundle !== undefined) {
        const source = `${place}, secret "${secretName}"`;
        return pairOf(bundle, keys, { source }) ?? { place, found: reportOf(bundle, secretName) };
      }
      const names = `secrets "${keys.clientId}" and "${keys.clientSecret}"`;
      const source = `${place}, ${names}`;
      const fields = await readOneByOne(store, keys, source, options);
      const pair = fields === undefined ? undefined : pairOf(fields, keys, { source });
      return pair ?? { place, found: `no secret "${secretName}", and no ${names}` };
    },
    invalidate: () => {
      store.invalidate?.();
    },
  };
}

function reportOf(bundle: Secret, secretName: string): string {
  const names = Object.keys(bundle);
  if (names.length === 0) return `secret "${secretName}" is an empty JSON object`;
  if (names.length === 1 && names[0] === secretName) {
    return `secret "${secretName}" is one value, and that no JSON object`;
  }
  return `secret "${secretName}" has the keys ${list(names)}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, maxListedNames).map((name) => printable(name, [], 100));
  const left = names.length - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
}
