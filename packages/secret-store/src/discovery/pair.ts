import { z } from 'zod';
import { IncompleteCredentialsError, InvalidSecretError } from '../errors.ts';
import { fieldOf } from '../fields.ts';
import type { Secret } from '../secret-store.ts';
import { FoundCredentials } from './credentials.ts';
import type { CredentialKeys } from './keys.ts';

const flag = z.stringbool();
const httpUrl = z.url({ protocol: /^https?$/ });

/** Where fields were read, and how its keys are called in messages. */
export interface Origin {
  /** Becomes `source` of the credentials. */
  readonly source: string;
  /** A key as the user wrote it; default the key itself. */
  readonly label?: ((key: string) => string) | undefined;
}

/**
 * The credentials among `fields`, or `undefined` when there is neither a client id nor a secret.
 *
 * @throws IncompleteCredentialsError for half a pair
 * @throws InvalidSecretError for an auth URL or a TLS flag that is none
 */
export function pairOf(fields: Secret, keys: CredentialKeys, origin: Origin): FoundCredentials | undefined {
  const label = origin.label ?? ((key) => `"${key}"`);
  const clientId = fieldOf(fields, keys.clientId);
  const clientSecret = fieldOf(fields, keys.clientSecret);
  if (clientId === undefined && clientSecret === undefined) return undefined;
  if (clientSecret === undefined) {
    throw new IncompleteCredentialsError(origin.source, label(keys.clientId), label(keys.clientSecret));
  }
  if (clientId === undefined) {
    throw new IncompleteCredentialsError(origin.source, label(keys.clientSecret), label(keys.clientId));
  }
  const invalid = (key: string, expected: string): InvalidSecretError =>
    new InvalidSecretError(`${origin.source}: ${label(key)} must be ${expected}.`);
  const authUrl = httpUrl.optional().safeParse(fieldOf(fields, keys.authUrl));
  if (!authUrl.success) throw invalid(keys.authUrl, 'an http or https URL');
  const tlsEnabled = flag.optional().safeParse(fieldOf(fields, keys.tlsEnabled));
  if (!tlsEnabled.success) throw invalid(keys.tlsEnabled, '"true" or "false"');
  return new FoundCredentials({
    clientId,
    clientSecret,
    source: origin.source,
    authUrl: authUrl.data,
    tlsEnabled: tlsEnabled.data,
  });
}
