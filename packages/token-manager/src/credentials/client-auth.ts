import type { ClientAssertionType } from '@worker-auth/internal';

/**
 * How the client proves who it is (RFC 6749 section 2.3.1, OpenID Connect Core section 9, RFC 8705); exactly one a request. Credentials with a
 * `clientAssertionFile` in place of the secret prove it by that.
 *
 * - `client_secret_basic`: id and secret in an `Authorization: Basic` header.
 * - `client_secret_post`: id and secret in the form.
 * - `client_secret_jwt`: a JWT that is signed with the secret (HS256, else what the issuer lists).
 * - `tls_client_auth`: the id alone; your `fetch` presents the client certificate, also one that is self-signed.
 *
 * For `private_key_jwt` and workload identity federation give a {@link ClientAssertion} instead.
 */
export type ClientAuth =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'tls_client_auth';

/** Every {@link ClientAuth}. Of those that an issuer offers, the first that fits the credentials is used. */
export const clientAuths: readonly ClientAuth[] = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'tls_client_auth',
];

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
  /** The algorithms that the issuer lists for assertions; `undefined` where it does not say. */
  readonly algorithms?: readonly string[] | undefined;
  /** The assertion that the server rejected last: not to be given again from a cache. */
  readonly rejectedAssertion: string | undefined;
  /** Aborts when the request is abandoned. */
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
  | { readonly kind: 'client_secret_post' | 'client_secret_jwt' | 'tls_client_auth' }
  | { readonly kind: 'client_secret_basic'; readonly encoding: BasicEncoding }
  | {
      readonly kind: 'client_assertion';
      readonly assertion: ClientAssertion;
      readonly type?: ClientAssertionType | undefined;
    };

/** Whether the method sends the client secret, signs with it, or sends the assertion that the credentials have in its place. Default it does. */
export function usesSecret(method?: Pick<ClientAuthMethod, 'kind'>): boolean {
  return method?.kind !== 'tls_client_auth' && method?.kind !== 'client_assertion';
}
