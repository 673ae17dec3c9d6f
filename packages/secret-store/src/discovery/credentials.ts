import type { Secret } from '@worker-auth/internal';
import { inspect } from 'node:util';
import * as z from 'zod/mini';
import { applicationKey } from '../application-key.ts';
import type { ClientAssertionType, ClientCredentials } from '../credential-source.ts';
import { IncompleteCredentialsError, InvalidSecretError, SecretStoreErrorCode } from '../errors.ts';
import { fieldOf } from '../fields.ts';

const flag = z.optional(z.stringbool());
const assertionTypes = ['jwt-bearer', 'jwt-spiffe'] as const satisfies readonly ClientAssertionType[];
const assertionType = z.optional(z.enum(assertionTypes));
const httpUrl = z.optional(z.url({ protocol: /^https?$/ }));

/** The names under which an application's credentials are kept. */
export interface CredentialKeys {
  readonly clientId: string;
  readonly clientSecret: string;
  /** In place of the secret. Optional in every store, as the two below are. */
  readonly clientAssertionFile: string;
  /** Read only where there is such a file. */
  readonly clientAssertionType: string;
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
    clientAssertionFile: `${key}_client_assertion_file`,
    clientAssertionType: `${key}_client_assertion_type`,
    tokenUrl: 'atlan_auth_url',
    tlsEnabled: 'workflow_tls_enabled',
  };
}

/** The same names in upper case, as environment variables often are. */
export function inUpperCase(keys: CredentialKeys): CredentialKeys {
  const upper = Object.entries(keys).map(([name, key]: [string, string]) => [name, key.toUpperCase()]);
  return Object.fromEntries(upper) as CredentialKeys;
}

/** Credentials that show everything but the client secret when they are printed, inspected or turned into JSON. */
export class FoundCredentials implements ClientCredentials {
  readonly clientId: string;
  readonly clientAssertionFile: string | undefined;
  readonly clientAssertionType: ClientAssertionType | undefined;
  readonly source: string;
  readonly tokenUrl: string | undefined;
  readonly tlsEnabled: boolean | undefined;

  constructor(found: ClientCredentials) {
    this.clientId = found.clientId;
    this.clientAssertionFile = found.clientAssertionFile;
    this.clientAssertionType = found.clientAssertionType;
    this.source = found.source;
    this.tokenUrl = found.tokenUrl;
    this.tlsEnabled = found.tlsEnabled;
    const { clientSecret } = found;
    // All callers get this one object: none may change it for the others.
    return new Proxy(Object.freeze(this), {
      get: (target, key, receiver): unknown =>
        key === 'clientSecret' ? clientSecret : Reflect.get(target, key, receiver),
    });
  }

  /** What the proxy of the constructor gives. `util.inspect`, which can call getters, looks at its target, and gets nothing. */
  get clientSecret(): string | undefined {
    return undefined;
  }

  toJSON(): Record<string, unknown> {
    const { clientId, clientAssertionFile, clientAssertionType, source, tokenUrl, tlsEnabled } = this;
    const type = clientAssertionType === undefined ? {} : { clientAssertionType };
    const proof =
      clientAssertionFile === undefined ? { clientSecret: '[redacted]' } : { clientAssertionFile, ...type };
    return { clientId, ...proof, source, tokenUrl, tlsEnabled };
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON();
  }
}

/** The key that stands beside the client id: that of an assertion, where there is one. */
export function clientAuthKey(fields: Secret, keys: CredentialKeys): string {
  return fieldOf(fields, keys.clientAssertionFile) === undefined
    ? keys.clientSecret
    : keys.clientAssertionFile;
}

/**
 * The credentials among `fields`, or `undefined` when there is neither a client id nor a secret nor an assertion.
 *
 * @throws IncompleteCredentialsError for half a pair
 * @throws InvalidSecretError for a secret beside an assertion, and for an assertion type, a token URL or a TLS flag that is none
 */
export function credentialsIn(
  fields: Secret,
  keys: CredentialKeys,
  { source, label = (key) => `"${key}"` }: Origin,
): FoundCredentials | undefined {
  const clientId = fieldOf(fields, keys.clientId);
  const clientSecret = fieldOf(fields, keys.clientSecret);
  const clientAssertionFile = fieldOf(fields, keys.clientAssertionFile);
  const proof = clientAuthKey(fields, keys);
  const hasProof = fieldOf(fields, proof) !== undefined;
  if (clientId === undefined && !hasProof) return undefined;
  if (!hasProof) throw incompleteCredentials(source, label(keys.clientId), label(proof));
  if (clientId === undefined) throw incompleteCredentials(source, label(proof), label(keys.clientId));
  if (clientSecret !== undefined && clientAssertionFile !== undefined) {
    throw twoProofs(source, label(keys.clientSecret), label(keys.clientAssertionFile));
  }
  const invalid = (key: string, expected: string): InvalidSecretError =>
    new InvalidSecretError(`${source}: ${label(key)} must be ${expected}.`, {
      code: SecretStoreErrorCode.secretInvalid,
    });
  const type = clientAssertionFile === undefined ? undefined : fieldOf(fields, keys.clientAssertionType);
  const clientAssertionType = assertionType.safeParse(type);
  if (!clientAssertionType.success) {
    throw invalid(keys.clientAssertionType, assertionTypes.map((name) => `"${name}"`).join(' or '));
  }
  const tokenUrl = httpUrl.safeParse(fieldOf(fields, keys.tokenUrl));
  if (!tokenUrl.success) throw invalid(keys.tokenUrl, 'an http or https URL');
  const tlsEnabled = flag.safeParse(fieldOf(fields, keys.tlsEnabled)?.trim());
  if (!tlsEnabled.success) throw invalid(keys.tlsEnabled, '"true" or "false"');
  return new FoundCredentials({
    clientId,
    clientSecret,
    clientAssertionFile,
    clientAssertionType: clientAssertionType.data,
    source,
    tokenUrl: tokenUrl.data,
    tlsEnabled: tlsEnabled.data,
  });
}

/** The error for a secret and an assertion, of which one has to go. */
function twoProofs(where: string, secret: string, assertionFile: string): InvalidSecretError {
  return new InvalidSecretError(
    `OAuth2 credentials contradict each other: ${where} has ${secret} and ${assertionFile}. Remove one of them.`,
    { code: SecretStoreErrorCode.secretInvalid },
  );
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
