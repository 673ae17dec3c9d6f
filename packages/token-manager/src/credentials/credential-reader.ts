import {
  abortable,
  callSafely,
  type ClientAssertionType,
  type ClientCredentials,
  type Clock,
  type CredentialReadOptions,
  type CredentialSource,
  isJsonObject,
} from '@worker-auth/internal';
import { assertionTypes, type ClientAuthMethod } from './client-auth.ts';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import { assertionFile } from './file-assertion.ts';
import { readTokenFile } from '../files/token-file.ts';

/** Credentials as a request needs them. */
export interface RequestCredentials extends ClientCredentials {
  /** What their file, or that of the option `clientAssertion`, holds now: a file that was rotated is a rotated credential. */
  readonly clientAssertion?: string | undefined;
}

/** Credentials as they were read, each field once: getters of a store's object must not answer differently later. */
export type CredentialsReading = { readonly credentials: ClientCredentials } | { readonly problem: string };

/** Reads credentials for requests, until the signal aborts. */
export interface CredentialReader {
  /** Of the right shape, or the error is typed. What the source throws or rejects with is passed on. */
  read(options: CredentialReadOptions): Promise<RequestCredentials>;
  /** What the source throws or rejects with is dropped: it is read again all the same. */
  invalidate(): void;
}

/**
 * @param source what gives them, or themselves, checked
 * @param needsSecret whether credentials without a secret, or an assertion in its place, are of no use
 */
export function credentialReader(
  source: CredentialSource | ClientCredentials,
  method: ClientAuthMethod | undefined,
  needsSecret: boolean,
  clock: Clock,
): CredentialReader {
  return {
    async read(options) {
      const { signal } = options;
      const credentials =
        'get' in source ? checked(await abortable(source.get(options), signal), needsSecret) : source;
      const file = assertionFile(method, credentials);
      if (file === undefined) return credentials;
      return { ...credentials, clientAssertion: await readTokenFile(file, { clock, signal }) };
    },
    invalidate() {
      if (!('get' in source)) return;
      const given: { invalidate(): unknown } = source;
      callSafely(() => given.invalidate(), undefined);
    },
  };
}

function checked(value: unknown, needsSecret: boolean): ClientCredentials {
  const reading = readCredentials(value, needsSecret);
  if ('credentials' in reading) return reading.credentials;
  throw new TokenRequestError(
    `The credentials have ${reading.problem}. Check the secret store, and what the credential source makes of it`,
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}

/**
 * Client credentials out of anything.
 *
 * @param needsSecret whether the client secret, or an assertion in its place, is sent
 * @returns `problem` says what is missing, as in "the credentials have …"; never with a value
 */
export function readCredentials(value: unknown, needsSecret: boolean): CredentialsReading {
  const fields = copyFields(value);
  if (fields === undefined) return { problem: 'the wrong form: an object with a clientId is needed' };
  const { clientId, clientSecret, clientAssertionFile, clientAssertionType, tokenUrl, source } = fields;
  const where = typeof source === 'string' && source !== '' ? `, from ${source}` : '';
  if (!isText(clientId)) return { problem: `no clientId: a non-empty string is needed${where}` };
  if (isText(clientSecret) && isText(clientAssertionFile)) {
    return { problem: `both a clientSecret and a clientAssertionFile: one of them is needed${where}` };
  }
  if (needsSecret && !isText(clientSecret) && !isText(clientAssertionFile)) {
    return { problem: `no clientSecret: a non-empty string is needed${where}` };
  }
  if (!isOptionalText(clientSecret)) return { problem: `a clientSecret that is no string${where}` };
  if (!isOptionalText(clientAssertionFile)) {
    return { problem: `a clientAssertionFile that is no string${where}` };
  }
  if (!isAssertionType(clientAssertionType)) {
    return { problem: `a clientAssertionType that is none of ${assertionTypes.join(', ')}${where}` };
  }
  if (!isOptionalText(tokenUrl)) return { problem: `a tokenUrl that is no string${where}` };
  if (!isOptionalText(source)) return { problem: 'a source that is no string' };
  return {
    credentials: { clientId, clientSecret, clientAssertionFile, clientAssertionType, tokenUrl, source },
  };
}

/** The fields, or `undefined` when they cannot be read. What a getter throws is not shown: it may hold a secret. */
function copyFields(value: unknown): Partial<Record<keyof ClientCredentials, unknown>> | undefined {
  if (!isJsonObject(value)) return undefined;
  try {
    const { clientId, clientSecret, clientAssertionFile, clientAssertionType, tokenUrl, source } = value;
    return { clientId, clientSecret, clientAssertionFile, clientAssertionType, tokenUrl, source };
  } catch {
    // As if there were none: see above.
  }
  return undefined;
}

function isAssertionType(value: unknown): value is ClientAssertionType | undefined {
  return value === undefined || (assertionTypes as readonly unknown[]).includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
