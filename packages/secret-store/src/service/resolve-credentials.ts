import { isJsonObject, type Secret } from '@worker-auth/internal';
import * as z from 'zod/mini';
import { fieldOf, hideValues } from '../fields.ts';
import type { CredentialConfig } from './credential-config.ts';

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
  return hideValues(Object.fromEntries([...Object.entries(config), ...Object.entries(secret)]));
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
