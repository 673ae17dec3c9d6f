import { abortable, type ClientAssertionType } from '@worker-auth/internal';
import type { RequestCredentials } from './credential-reader.ts';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/**
 * How the client proves who it is (RFC 6749 section 2.3.1, RFC 8705); exactly one a request. Credentials with a `clientAssertionFile` in
 * place of the secret prove it by that.
 *
 * - `client_secret_post`: id and secret in the form.
 * - `client_secret_basic`: id and secret in an `Authorization: Basic` header.
 * - `tls_client_auth`: the id alone; your `fetch` presents the client certificate.
 *
 * For `private_key_jwt` and workload identity federation give a {@link ClientAssertion} instead.
 */
export type ClientAuth = 'client_secret_post' | 'client_secret_basic' | 'tls_client_auth';

/** Every {@link ClientAssertionType}. */
export const assertionTypes: readonly ClientAssertionType[] = ['jwt-bearer', 'jwt-spiffe'];

/** What a {@link ClientAssertion} is made for. */
export interface ClientAssertionContext {
  readonly clientId: string;
  readonly tokenUrl: string;
  /** The issuer that was configured, as its discovery document writes it. */
  readonly issuer: string | undefined;
  /** The only audience that the assertion is to have (RFC 10070): the option `assertionAudience`, else the issuer, where one is known. */
  readonly audience: string | undefined;
  /** Aborts when the request is given up. */
  readonly signal: AbortSignal;
}

/**
 * Gives the JWT that stands for the client (RFC 7523 section 2.2). Called for every request, so a projected Kubernetes
 * token is read again each time. What it throws reaches the caller of `getToken` as it is.
 */
export type ClientAssertion = (context: ClientAssertionContext) => string | Promise<string>;

/** How id and secret are encoded before they are joined in a Basic header. */
export type BasicEncoding = 'form' | 'raw';

/** The chosen method with what it needs. */
export type ClientAuthMethod =
  | { readonly kind: 'client_secret_post' | 'tls_client_auth' }
  | { readonly kind: 'client_secret_basic'; readonly encoding: BasicEncoding }
  | {
      readonly kind: 'client_assertion';
      readonly assertion: ClientAssertion;
      readonly type?: ClientAssertionType | undefined;
    };

/** What a method adds to a token request. */
export interface AuthenticatedParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  /** What must never appear in an error about the request, in whatever encoding. */
  readonly secrets: readonly string[];
}

/** Whether the method sends the client secret, or the assertion that the credentials have in its place. */
export function usesSecret(method: ClientAuthMethod): boolean {
  return method.kind === 'client_secret_post' || method.kind === 'client_secret_basic';
}

/** The headers and form fields that authenticate `credentials`. */
export async function authenticate(
  method: ClientAuthMethod,
  credentials: RequestCredentials,
  context: Omit<ClientAssertionContext, 'clientId'>,
): Promise<AuthenticatedParts> {
  const { clientId, clientSecret = '', clientAssertion } = credentials;
  if (clientAssertion !== undefined) {
    const type = method.kind === 'client_assertion' ? method.type : credentials.clientAssertionType;
    return byAssertion(clientId, clientAssertion, type);
  }
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
    case 'tls_client_auth':
      return { headers: {}, form: { client_id: clientId }, secrets: [] };
    case 'client_assertion': {
      const made = await abortable(method.assertion({ clientId, ...context }), context.signal);
      return byAssertion(clientId, checkAssertion(made), method.type);
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
