import { ChangingSecretError } from '../errors.ts';
import { fieldOf, secretOf, unwrap } from '../fields.ts';
import type { ReadOptions, Secret, SecretStore } from '../secret-store.ts';
import type { CredentialKeys } from './keys.ts';

const maxAttempts = 5;

/** Reads one secret, whose single read is of one version by itself. `undefined` when it is not there. */
export async function readBundle(
  store: SecretStore,
  secretName: string,
  options: ReadOptions,
): Promise<Secret | undefined> {
  const secret = await store.get(secretName, options);
  return secret === undefined ? undefined : unwrap(secret, `secret "${secretName}"`);
}

/**
 * Reads one secret a key, until two rounds in a row give the same: so a store that changes while it is read never
 * gives the id of one version with the secret of another.
 *
 * @throws ChangingSecretError when each of 5 rounds differs from the one before
 */
export async function readOneByOne(
  store: SecretStore,
  keys: CredentialKeys,
  place: string,
  options: ReadOptions,
): Promise<Secret | undefined> {
  let before = await readRound(store, keys, options);
  if (Object.keys(before).length === 0) return undefined;
  for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
    store.invalidate?.();
    const now = await readRound(store, keys, options);
    if (isSame(before, now)) return secretOf(now);
    before = now;
  }
  throw new ChangingSecretError(place, maxAttempts);
}

async function readRound(
  store: SecretStore,
  keys: CredentialKeys,
  options: ReadOptions,
): Promise<Record<string, string>> {
  const read = async (name: string): Promise<[string, string][]> => {
    const secret = await store.get(name, options);
    const value = secret === undefined ? undefined : fieldOf(secret, name);
    return value === undefined ? [] : [[name, value]];
  };
  const found = await Promise.all(Object.values<string>({ ...keys }).map(read));
  return Object.fromEntries(found.flat());
}

function isSame(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
