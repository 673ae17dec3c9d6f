import { isJsonObject } from '@worker-auth/inlined';
import { assertionTypes, type ClientAssertionType } from './client-auth.ts';
import type { ClientCredentials, CredentialSource } from './credential-source.ts';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** Credentials as they were read, each field once: getters of a store's object must not answer differently later. */
export type CredentialsReading = { readonly credentials: ClientCredentials } | { readonly problem: string };

/**
 * `source`, whose answers are checked: whatever it resolves to, its users get credentials of the right shape or a typed error. What it
 * throws or rejects with passes as it is.
 *
 * @param needsSecret whether the client secret, or an assertion in its place, is sent
 */
export function checkedSource(source: CredentialSource, needsSecret: boolean): CredentialSource {
  return {
    get: async (options) => {
      const reading = readCredentials(await source.get(options), needsSecret);
      if ('credentials' in reading) return reading.credentials;
      throw new TokenRequestError(
        `The credentials have ${reading.problem}. Check the secret store, and what the credential source makes of it`,
        { code: TokenManagerErrorCode.invalidCredentials },
      );
    },
    invalidate: () => {
      source.invalidate();
    },
  };
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
