import {
  checkOptions,
  type Environment,
  type SecretStore,
  throwIfAborted,
  checkText,
} from '@worker-auth/internal';
import { secretOf } from '../fields.ts';

/** Options of {@link environmentStore}. */
export interface EnvironmentStoreOptions {
  /** Where the variables are; default `process.env`, read at each `get`. */
  readonly env?: Environment | undefined;
  /** Put before the name of a secret; default `ATLAN_`. */
  readonly prefix?: string | undefined;
}

/**
 * One secret an environment variable: the secret `postgres_extraction_client_id` is the variable
 * `ATLAN_postgres_extraction_client_id`, and has one field of the secret's name.
 */
export function environmentStore(options: EnvironmentStoreOptions = {}): SecretStore {
  checkOptions('environmentStore', options, { env: true, prefix: checkText });
  const env = options.env ?? process.env;
  const prefix = options.prefix ?? 'ATLAN_';
  return {
    get: (name, readOptions) =>
      new Promise((resolve) => {
        throwIfAborted(readOptions?.signal);
        checkText('name', name);
        const variable = `${prefix}${name}`;
        const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
        resolve(secretOf({ [name]: value ?? '' }));
      }),
  };
}
