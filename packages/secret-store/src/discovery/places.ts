import type { Environment, ReadOptions, Secret, SecretStore } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import type { ClientCredentials } from '../credential-source.ts';
import { alsoMissing } from '../dapr/back-ends.ts';
import type { DaprStore } from '../dapr/dapr-store.ts';
import { sidecarTooLate } from '../dapr/wait-for-sidecar.ts';
import { CredentialsUnavailableError, type SourceReport, type SecretStoreError } from '../errors.ts';
import { type InvalidatableStore, storeError } from '../checked-store.ts';
import { environmentStore } from '../stores/environment-store.ts';
import { isDenial, readBundle, readOneByOne } from './collect.ts';
import { azureWorkloadIdentity } from './azure-workload-identity.ts';
import { type CredentialKeys, credentialsIn, inUpperCase, clientAuthKey } from './credentials.ts';

const environmentPrefix = 'ATLAN_';
const maxListedNames = 20;

/** Options of one look at a place: there is always somebody who may leave. */
export interface PlaceReadOptions extends ReadOptions {
  readonly signal: AbortSignal;
}

/** A place where credentials may be: gives them, or says what was there instead. Throws when it cannot say. */
export interface Place {
  find(options: PlaceReadOptions): Promise<ClientCredentials | SourceReport>;
  /** The error of a look that was abandoned after `timeoutMs`. */
  tooLate?(timeoutMs: number): SecretStoreError;
  invalidate(): void;
}

/** What a store may have. */
export interface WantedSecrets {
  readonly secretNames: readonly string[];
  /** The keys of the credentials, the first to look for first. */
  readonly keys: readonly [CredentialKeys, ...CredentialKeys[]];
}

/** How a store is called in reports, and what "no such secret" may mean there beside that. */
export interface StoreDescription {
  readonly place: string;
  readonly alsoMissing: string;
}

/**
 * The variables `ATLAN_<app_name>_client_id` and `_client_assertion_file` or `_client_secret`, in lower case or all in upper case; after these,
 * which are the application's own, an Azure workload identity.
 */
export function environmentPlace(env: Environment, keys: CredentialKeys): Place {
  const store = environmentStore({ env, prefix: environmentPrefix });
  const label = (key: string): string => `${environmentPrefix}${key}`;
  return {
    async find(options) {
      for (const spelled of [keys, inUpperCase(keys)]) {
        const collected = await readOneByOne(store, spelled, 'environment variables', options);
        if (collected === undefined) continue;
        const { fields } = collected;
        const names = [spelled.clientId, clientAuthKey(fields, spelled)].map(label);
        const source = `environment variables ${names.join(' and ')}`;
        const credentials = credentialsIn(fields, spelled, { source, label });
        if (credentials !== undefined) return credentials;
      }
      const azure = azureWorkloadIdentity(env);
      if (azure !== undefined && 'clientId' in azure) return azure;
      const similar = (isEmpty: boolean): string =>
        list(
          Object.keys(env).filter(
            (name) =>
              /^ATLAN_.*_client_(?:id|secret|assertion_file)$/i.test(name) &&
              env[name] !== undefined &&
              (env[name] === '') === isEmpty,
          ),
        );
      const [set, empty] = [similar(false), similar(true)];
      const found = [
        `${label(keys.clientId)} and ${label(keys.clientSecret)} are not set`,
        ...(set === '' ? [] : [`set are ${set}`]),
        ...(empty === '' ? [] : [`empty are ${empty}`]),
        ...(azure === undefined ? [] : [azure.missing]),
      ];
      return { source: 'environment variables', found: found.join('; ') };
    },
    invalidate: () => undefined,
  };
}

/** The secret store component of a Dapr sidecar. */
export function daprPlace(store: DaprStore, wanted: WantedSecrets): Place {
  const place = storePlace(store, wanted, async (options) => {
    const { name, type, inPlaceOf } = await store.component(options);
    const missing = inPlaceOf === undefined ? '' : ` (the configured "${inPlaceOf}" is not there)`;
    return { place: `Dapr secret store component "${name}"${missing}`, alsoMissing: alsoMissing(type) };
  });
  return {
    ...place,
    find: (options) =>
      place.find(options).catch((error: unknown) => {
        options.signal.throwIfAborted();
        // A sidecar adapter of one's own may throw anything.
        throw storeError(error, `Dapr sidecar at ${store.sidecar.address}`);
      }),
    tooLate: (timeoutMs) => sidecarTooLate(store.sidecar, timeoutMs),
  };
}

/**
 * A store that holds the credentials in one secret, as fields or as one JSON value, else in one secret a key. A store that
 * consists of others is looked through one by one: a pair comes from one of them.
 */
export function storePlace(
  store: InvalidatableStore,
  { secretNames, keys }: WantedSecrets,
  describe: (options: ReadOptions) => Promise<StoreDescription> | StoreDescription,
): Place {
  return {
    async find(options) {
      const reports: string[] = [];
      let denial: SecretStoreError | undefined;
      for (const secretName of secretNames) {
        const bundle = await readUnlessDenied(store, secretName, options);
        denial ??= bundle.denial;
        if (bundle.secret === undefined) continue;
        // After the read: a component that has disappeared meanwhile is another one now.
        const source = `${(await describe(options)).place}, secret "${secretName}"`;
        for (const ofOwner of keys) {
          const credentials = credentialsIn(bundle.secret, ofOwner, { source });
          if (credentials !== undefined) return credentials;
        }
        reports.push(reportOf(bundle.secret, secretName));
      }
      const { place, alsoMissing } = await describe(options);
      for (const part of partsOf(store)) {
        for (const ofOwner of keys) {
          const found = findOneByOne(part, ofOwner, place, denial, options);
          const credentials = await found.catch((error: unknown) => {
            // Where one secret alone may be read, what it has says more.
            if (reports.length === 0 || denial !== undefined || !isDenial(error)) throw error;
            return undefined;
          });
          if (credentials !== undefined) return credentials;
        }
      }
      const names = namesOf(keys[0]);
      if (denial !== undefined) throw withMore(denial, `There are no ${names} either.`);
      const missing = `no secret ${secretNames.map((name) => `"${name}"`).join(' or ')}, and no ${names}${alsoMissing}`;
      return { source: place, found: reports.length === 0 ? missing : reports.join('; ') };
    },
    invalidate: () => {
      store.invalidate();
    },
  };
}

async function readUnlessDenied(
  store: SecretStore,
  secretName: string,
  options: ReadOptions,
): Promise<{ readonly secret?: Secret | undefined; readonly denial?: SecretStoreError }> {
  try {
    return { secret: await readBundle(store, secretName, options) };
  } catch (error) {
    // With least privilege the keys may still be readable one by one.
    if (isDenial(error)) return { denial: error };
    throw error;
  }
}

async function findOneByOne(
  store: SecretStore,
  keys: CredentialKeys,
  place: string,
  denial: SecretStoreError | undefined,
  options: ReadOptions,
): Promise<ClientCredentials | undefined> {
  const collected = await readOneByOne(store, keys, `${place}, ${namesOf(keys)}`, options).catch(
    (error: unknown) => {
      if (denial === undefined || !isDenial(error)) throw error;
      throw withMore(denial, `One secret a key: ${error.message}`);
    },
  );
  if (collected === undefined) return undefined;
  const { fields, denied } = collected;
  const note = denied.length === 0 ? '' : ` (no right to read ${denied.map((key) => `"${key}"`).join(', ')})`;
  const names = namesOf(keys, clientAuthKey(fields, keys));
  return credentialsIn(fields, keys, { source: `${place}, ${names}${note}` });
}

function withMore(error: SecretStoreError, more: string): CredentialsUnavailableError {
  const { code, kind, retryable, status } = error;
  const details = { code, kind, retryable, status, cause: error };
  return new CredentialsUnavailableError(`${error.message}\n${more}`, details);
}

function namesOf(keys: CredentialKeys, proof = keys.clientSecret): string {
  return `secrets "${keys.clientId}" and "${proof}"`;
}

function partsOf(store: SecretStore): readonly SecretStore[] {
  return store.stores === undefined ? [store] : store.stores.flatMap(partsOf);
}

function reportOf(bundle: Secret, secretName: string): string {
  const names = Object.getOwnPropertyNames(bundle);
  if (names.length === 0) return `secret "${secretName}" is an empty JSON object`;
  if (names.length === 1 && names[0] === secretName) {
    return `secret "${secretName}" is one value, and that no JSON object`;
  }
  return `secret "${secretName}" has the keys ${list(names)}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, maxListedNames).map((name) => sanitize(name, { maxLength: 100 }));
  const left = names.length - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
}
