import type { ReadOptions, Secret, SecretStore } from '@worker-auth/internal';
import { ChangingSecretError, SecretStoreError, SecretStoreErrorCode } from '../errors.ts';
import { entriesOf, fieldOf, hideValues, unwrap } from '../fields.ts';
import type { CredentialKeys } from './credentials.ts';

const maxAttempts = 5;

/** What reading one secret a key gave. */
export interface CollectedFields {
  readonly fields: Secret;
  /** The optional keys that may not be read. */
  readonly denied: readonly string[];
}

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
 * gives the id of one version with the secret of another. An optional key that may not be read counts as not there.
 *
 * @throws ChangingSecretError when each of 5 rounds differs from the one before
 */
export async function readOneByOne(
  store: SecretStore,
  keys: CredentialKeys,
  place: string,
  options: ReadOptions,
): Promise<CollectedFields | undefined> {
  let before = await readRound(store, keys, options);
  if (Object.keys(before.found).length === 0) return undefined;
  for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
    store.invalidate?.();
    const now = await readRound(store, keys, options);
    if (isSame(before.found, now.found)) return { fields: hideValues(now.found), denied: now.denied };
    before = now;
  }
  throw new ChangingSecretError(
    `The credentials in ${place} changed during each of ${maxAttempts} reads. Try again when the rotation has ended.`,
    { code: SecretStoreErrorCode.secretChanging },
  );
}

/** Whether `error` says that the secret may not be read, by the sidecar's scopes or the rights at the back end. */
export function isDenial(error: unknown): error is SecretStoreError {
  return error instanceof SecretStoreError && error.code === SecretStoreErrorCode.accessDenied;
}

interface Round {
  readonly found: Readonly<Record<string, string>>;
  readonly denied: readonly string[];
}

async function readRound(store: SecretStore, keys: CredentialKeys, options: ReadOptions): Promise<Round> {
  const { clientId, clientSecret, ...optionalKeys } = keys;
  const { clientAssertionType, ...first } = optionalKeys;
  const optional = Object.values(optionalKeys);
  const denied: string[] = [];
  const read = async (name: string): Promise<[string, string][]> => {
    const secret = await store.get(name, options).catch((error: unknown) => {
      if (!isDenial(error) || !optional.includes(name)) throw error;
      denied.push(name);
      return undefined;
    });
    const value = secret && (fieldOf(secret, name) ?? onlyValue(secret));
    return value === undefined ? [] : [[name, value]];
  };
  const names = [clientId, clientSecret, ...Object.values(first)];
  const found = Object.fromEntries((await Promise.all(names.map(read))).flat());
  // An application without such a file needs no right to read its type.
  const type = keys.clientAssertionFile in found ? await read(clientAssertionType) : [];
  return { found: { ...found, ...Object.fromEntries(type) }, denied: denied.sort() };
}

/** A secret with one field is the value of its key, whatever the field is called. */
function onlyValue(secret: Secret): string | undefined {
  const [only, ...others] = entriesOf(secret);
  return others.length === 0 ? only?.[1] : undefined;
}

function isSame(left: Round['found'], right: Round['found']): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
