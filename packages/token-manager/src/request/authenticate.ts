import { abortable, type ClientAssertionType } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import {
  type ClientAssertionContext,
  type ClientAuth,
  type ClientAuthMethod,
  clientAuths,
  usesSecret,
} from '../credentials/client-auth.ts';
import type { RequestCredentials } from '../credentials/credential-reader.ts';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';

/** What a request is authenticated with, beside the credentials. */
export interface AuthenticationContext extends Omit<ClientAssertionContext, 'clientId'> {
  /** The wall clock. */
  readonly nowMs: number;
}

/** What a method adds to a token request. */
export interface AuthenticatedParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  /** What must never appear in an error about the request, in whatever encoding. */
  readonly secrets: readonly string[];
}

/**
 * The method for these credentials out of those that the issuer lists (RFC 8414 section 2, which also has the default).
 *
 * @throws TokenRequestError when it lists none that they can be used with
 */
export function offeredMethod(
  credentials: RequestCredentials,
  offered: readonly string[] = ['client_secret_basic'],
): ClientAuthMethod {
  const { clientSecret = '', clientAssertion, source } = credentials;
  // What proves the client is in the credentials already.
  if (clientAssertion !== undefined) return { kind: 'client_secret_post' };
  const kind = clientAuths.find(
    (name) => usesSecret({ kind: name }) === (clientSecret !== '') && isOffered(name, offered),
  );
  if (kind !== undefined) return methodOf(kind);
  const where = source === undefined ? '' : ` from ${source}`;
  const has = clientSecret === '' ? 'no clientSecret' : 'a clientSecret';
  throw new TokenRequestError(
    `The issuer offers ${sanitize(offered.join(', ')) || 'nothing'} for client authentication, and the credentials${where} have ${has}. ` +
      'Give what it asks for (clientSecret, clientAssertion, or a fetch with a client certificate), or set clientAuth if it takes more than it lists',
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}

/**
 * The other way to send id and secret than the one that was rejected, since a client may be registered for one of them. The issuer lists it too, lists
 * nothing, or asks for it in its answer; otherwise there is none.
 */
export function otherMethod(
  rejected: ClientAuthMethod,
  offered: readonly string[] | undefined,
  asksForBasic: boolean,
): ClientAuthMethod | undefined {
  const isBasic = rejected.kind === 'client_secret_basic';
  if (!isBasic && rejected.kind !== 'client_secret_post') return undefined;
  const kind = isBasic ? 'client_secret_post' : 'client_secret_basic';
  const isWanted = (offered?.includes(kind) ?? true) || (asksForBasic && !isBasic);
  return isWanted ? methodOf(kind) : undefined;
}

function methodOf(kind: ClientAuth): ClientAuthMethod {
  return kind === 'client_secret_basic' ? { kind, encoding: 'form' } : { kind };
}

/** Whether a certificate signed itself is seen by the server alone. */
function isOffered(name: ClientAuth, offered: readonly string[]): boolean {
  return offered.includes(name) || (name === 'tls_client_auth' && offered.includes(`self_signed_${name}`));
}

/** The headers and form fields that authenticate `credentials`. */
export async function authenticate(
  method: ClientAuthMethod,
  credentials: RequestCredentials,
  { nowMs, ...context }: AuthenticationContext,
): Promise<AuthenticatedParts> {
  const { clientId, clientSecret = '', clientAssertion, clientAssertionType } = credentials;
  const type = (method.kind === 'client_assertion' ? method.type : undefined) ?? clientAssertionType;
  if (clientAssertion !== undefined) return byAssertion(clientId, clientAssertion, type);
  switch (method.kind) {
    case 'client_secret_post':
      return {
        headers: {},
        form: { client_id: clientId, client_secret: clientSecret },
        secrets: [clientSecret],
      };
    case 'client_secret_basic': {
      const encode = method.encoding === 'form' ? formEncode : (text: string) => text;
      const pair = `${encode(clientId)}:${encode(clientSecret)}`;
      return {
        headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
        form: {},
        secrets: [clientSecret],
      };
    }
    case 'client_secret_jwt': {
      // Loads Node's cryptography, which takes as long as the rest of this package.
      const { secretAssertion } = await import('../credentials/signed-assertion.ts');
      const { form, secrets } = byAssertion(
        clientId,
        secretAssertion({ clientId, ...context }, clientSecret, { nowMs, algorithms: context.algorithms }),
        'jwt-bearer',
      );
      return { headers: {}, form, secrets: [...secrets, clientSecret] };
    }
    case 'tls_client_auth':
      return { headers: {}, form: { client_id: clientId }, secrets: [] };
    case 'client_assertion': {
      const made = await abortable(method.assertion({ clientId, ...context }), context.signal);
      return byAssertion(clientId, checkAssertion(made), type);
    }
  }
}

function byAssertion(
  clientId: string,
  assertion: string,
  type: ClientAssertionType = 'jwt-bearer',
): AuthenticatedParts {
  return {
    headers: {},
    form: {
      client_id: clientId,
      client_assertion_type: `urn:ietf:params:oauth:client-assertion-type:${type}`,
      client_assertion: assertion,
    },
    secrets: [assertion],
  };
}

/** A file that is empty, or a function that forgot to return: better said here than by the server. */
function checkAssertion(assertion: unknown): string {
  const text = typeof assertion === 'string' ? assertion.trim() : '';
  if (text !== '') return text;
  throw new TokenRequestError(
    'clientAssertion gave no assertion: a non-empty string is needed. Check the file or the key that it is made from',
    { code: TokenManagerErrorCode.invalidCredentials },
  );
}

/**
 * RFC 6749 appendix B. The alphabet of URLSearchParams leaves `*-._` as they are, so that an id like `orders-worker` reaches
 * servers that do not decode.
 */
function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
