import { isPlain, type Secret, type SecretStore, throwIfAborted } from '@worker-auth/internal';
import { secretOf } from '../fields.ts';

/** A {@link SecretStore} whose content the program sets. */
export interface MemoryStore extends SecretStore {
  /** Puts a secret, or replaces all of its fields. A text is a secret with one field, called as the secret. */
  set(name: string, secret: Secret | string): void;
  /** Removes a secret; harmless when there is none. */
  delete(name: string): void;
}

/**
 * Secrets in the memory of this process, for tests and for credentials that a program gets in its own way.
 *
 * @param initial its first content; default empty
 * @throws TypeError for what is no object
 */
export function memoryStore(initial: Readonly<Record<string, Secret | string>> = {}): MemoryStore {
  if (!isPlain(initial)) throw new TypeError('The secrets of memoryStore must be an object, by their names');
  const secrets = new Map(Object.entries(initial));
  return {
    get: (name, options) =>
      new Promise((resolve) => {
        throwIfAborted(options?.signal);
        const secret = secrets.get(name) ?? {};
        resolve(secretOf(typeof secret === 'string' ? { [name]: secret } : secret));
      }),
    set: (name, secret) => {
      secrets.set(name, secret);
    },
    delete: (name) => {
      secrets.delete(name);
    },
  };
}
