import {
  brandErrors,
  checkOptions,
  type DaprSidecar,
  isJsonObject,
  parseJson,
  type ReadOptions,
  type Secret,
  checkText,
  checkFunction,
} from '@worker-auth/internal';
import { checkSidecar } from '../dapr/wait-for-sidecar.ts';
import * as z from 'zod/mini';
import { SecretStoreError, SecretStoreErrorCode } from '../errors.ts';
import { entriesOf, fieldOf, hideValues } from '../fields.ts';

/** How a credential is configured: plain settings, and references to the fields of a secret. */
export type CredentialConfig = Readonly<Record<string, unknown>>;

/** Where the configurations of credentials are kept. */
export interface CredentialConfigSource {
  /** The configuration, or `undefined` when there is none of this id. Throws when the source cannot answer. */
  get(credentialGuid: string, options?: ReadOptions): Promise<CredentialConfig | undefined>;
}

/** Options of {@link stateStoreConfigs}. */
export interface StateStoreConfigsOptions {
  /** For example `daprStore().sidecar`. */
  readonly sidecar: DaprSidecar;
  /** The state store component; default `statestore`. */
  readonly component?: string | undefined;
  /** The key of a credential; default `credential_<guid>`. */
  readonly key?: ((credentialGuid: string) => string) | undefined;
}

/** A configuration is not there. */
export class CredentialConfigNotFoundError extends SecretStoreError {}

/** A configuration exists, and cannot be used: it is no JSON object, or names a secret that cannot be asked for. */
export class InvalidCredentialConfigError extends SecretStoreError {}

brandErrors('secret-store', { CredentialConfigNotFoundError, InvalidCredentialConfigError });

/**
 * Configurations in a Dapr state store, one JSON object (or its text) a key.
 *
 * @see https://docs.dapr.io/reference/api/state_api/
 */
export function stateStoreConfigs(options: StateStoreConfigsOptions): CredentialConfigSource {
  checkOptions('stateStoreConfigs', options, {
    sidecar: true,
    component: checkText,
    key: checkFunction,
  });
  checkSidecar('sidecar', options.sidecar);
  const component = options.component ?? 'statestore';
  const key = options.key ?? ((guid) => `credential_${guid}`);
  return {
    async get(credentialGuid, readOptions) {
      checkText('credentialGuid', credentialGuid);
      const value = await options.sidecar.getState(component, key(credentialGuid), readOptions);
      if (value === undefined) return undefined;
      const config = typeof value === 'string' ? parseJson(value.trim()) : value;
      if (isJsonObject(config)) return config;
      throw invalidConfig(credentialGuid, 'is not a JSON object');
    },
  };
}

/** The error for a configuration that cannot be used; `problem` goes on after "The configuration of the credential". */
export function invalidConfig(credentialGuid: string, problem: string): InvalidCredentialConfigError {
  return new InvalidCredentialConfigError(
    `The configuration of the credential "${credentialGuid}" ${problem}.`,
    { code: SecretStoreErrorCode.secretInvalid },
  );
}

/** The settings of a configuration that say how it is resolved. */
export const configSettings = z.object({
  /** `direct`: the secret's fields are the credentials. Anything else: the configuration refers to them by name. */
  credentialSource: z._default(z.string(), 'direct'),
  /** The secret's name; default the credential's id. */
  'secret-path': z.optional(z.string().check(z.trim(), z.minLength(1))),
});

/** Resolved credentials: settings and secret values. Printed or turned into JSON they show their keys alone. */
export type ResolvedCredentials = Readonly<Record<string, unknown>>;

/** The configuration with the secret's fields over its own. */
export function mergeSecret(config: CredentialConfig, secret: Secret): ResolvedCredentials {
  return hideValues(Object.fromEntries([...Object.entries(config), ...entriesOf<unknown>(secret)]));
}

/**
 * The configuration with each text that is the name of one of the secret's fields replaced by that field: at the top
 * and at any depth below `extra`.
 */
export function substituteReferences(config: CredentialConfig, secret: Secret): ResolvedCredentials {
  const entries = Object.entries(config).map(([key, value]) => [
    key,
    key === 'extra' || typeof value === 'string' ? substitute(value, secret) : value,
  ]);
  return hideValues(Object.fromEntries(entries) as Record<string, unknown>);
}

function substitute(value: unknown, secret: Secret): unknown {
  if (typeof value === 'string') return fieldOf(secret, value) ?? value;
  if (Array.isArray(value)) return value.map((item) => substitute(item, secret));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, substitute(item, secret)]);
  return hideValues(Object.fromEntries(entries) as Record<string, unknown>);
}
