import { inspect } from 'node:util';
import { z } from 'zod';
import { applicationKey } from '../application-key.ts';
import type { ClientCredentials } from '../credential-source.ts';
import { SecretStoreErrorCode } from '../error-code.ts';
import { IncompleteCredentialsError, InvalidSecretError } from '../errors.ts';
import { fieldOf } from '../fields.ts';
import type { Secret } from '../secret-store.ts';

const flag = z.stringbool();
const httpUrl = z.url({ protocol: /^https?$/ });

/** The names under which an application's credentials are kept. */
export interface CredentialKeys {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Optional in every store, as {@link CredentialKeys.tlsEnabled} is. */
  readonly tokenUrl: string;
  readonly tlsEnabled: string;
}

/** Where fields were read, and how its keys are called in messages. */
export interface Origin {
  /** Becomes `source` of the credentials. */
  readonly source: string;
  /** A key as the user wrote it; default the key itself. */
  readonly label?: ((key: string) => string) | undefined;
}

/** `postgres-extraction` gives `postgres_extraction_client_id` and so on. */
export function credentialKeys(applicationName: string): CredentialKeys {
  const key = applicationKey(applicationName);
  return {
    clientId: `${key}_client_id`,
    clientSecret: `${key}_client_secret`,
    tokenUrl: 'atlan_auth_url',
    tlsEnabled: 'workflow_tls_enabled',
  };
}

/** The same names in upper case, as environment variables often are. */
export function inUpperCase(keys: CredentialKeys): CredentialKeys {
  return {
    clientId: keys.clientId.toUpperCase(),
    clientSecret: keys.clientSecret.toUpperCase(),
    tokenUrl: keys.tokenUrl.toUpperCase(),
    tlsEnabled: keys.tlsEnabled.toUpperCase(),
  };
}

/** Credentials that show everything but the client secret when they are printed, inspected or turned into JSON. */
export class FoundCredentials implements ClientCredentials {
  readonly clientId: string;
  readonly source: string;
  readonly tokenUrl: string | undefined;
  readonly tlsEnabled: boolean | undefined;
  readonly #clientSecret: string;

  constructor(found: ClientCredentials) {
    this.clientId = found.clientId;
    this.source = found.source;
    this.tokenUrl = found.tokenUrl;
    this.tlsEnabled = found.tlsEnabled;
    this.#clientSecret = found.clientSecret;
    // All callers get this one object: none may change it for the others.
    Object.freeze(this);
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }

  toJSON(): Record<string, unknown> {
    const { clientId, source, tokenUrl, tlsEnabled } = this;
    return { clientId, clientSecret: '[redacted]', source, tokenUrl, tlsEnabled };
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON();
  }
}

/**
 * The credentials among `fields`, or `undefined` when there is neither a client id nor a secret.
 *
 * @throws IncompleteCredentialsError for half a pair
 * @throws InvalidSecretError for a token URL or a TLS flag that is none
 */
export function credentialsIn(
  fields: Secret,
  keys: CredentialKeys,
  { source, label = (key) => `"${key}"` }: Origin,
): FoundCredentials | undefined {
  const clientId = fieldOf(fields, keys.clientId);
  const clientSecret = fieldOf(fields, keys.clientSecret);
  if (clientId === undefined && clientSecret === undefined) return undefined;
  if (clientSecret === undefined) {
    throw incompleteCredentials(source, label(keys.clientId), label(keys.clientSecret));
  }
  if (clientId === undefined) {
    throw incompleteCredentials(source, label(keys.clientSecret), label(keys.clientId));
  }
  const invalid = (key: string, expected: string): InvalidSecretError =>
    new InvalidSecretError(`${source}: ${label(key)} must be ${expected}.`, {
      code: SecretStoreErrorCode.secretInvalid,
    });
  const tokenUrl = httpUrl.optional().safeParse(fieldOf(fields, keys.tokenUrl));
  if (!tokenUrl.success) throw invalid(keys.tokenUrl, 'an http or https URL');
  const tlsEnabled = flag.optional().safeParse(fieldOf(fields, keys.tlsEnabled));
  if (!tlsEnabled.success) throw invalid(keys.tlsEnabled, '"true" or "false"');
  return new FoundCredentials({
    clientId,
    clientSecret,
    source,
    tokenUrl: tokenUrl.data,
    tlsEnabled: tlsEnabled.data,
  });
}

/** The error for half a pair. */
export function incompleteCredentials(
  where: string,
  present: string,
  missing: string,
): IncompleteCredentialsError {
  return new IncompleteCredentialsError(
    `OAuth2 credentials are incomplete: ${where} has ${present} but no ${missing}. Set both, or remove ${present}.`,
    { code: SecretStoreErrorCode.credentialsIncomplete },
  );
}
