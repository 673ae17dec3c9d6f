import { type Clock, type Lease, readInstant } from '@worker-auth/refresh-scheduler';
import { authenticate, usesSecret } from './client-auth.ts';
import type { ClientCredentials } from './credential-source.ts';
import { discoverTokenUrl } from './discovery.ts';
import { readErrorResponse } from './error-response.ts';
import { isClientRejection, TokenManagerErrorCode, TokenRequestError } from './errors.ts';
import { HttpTransport } from './http-transport.ts';
import { isAllowedUrl, type TokenEndpointSettings } from './options.ts';
import { readTokenResponse } from './token-response.ts';

/** Asks one authorization server for tokens with the client credentials grant (RFC 6749 section 4.4.2). */
export class TokenEndpoint {
  readonly #settings: TokenEndpointSettings;
  readonly #clock: Clock;
  readonly #transport: HttpTransport;
  #discovered: URL | undefined;

  constructor(settings: TokenEndpointSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#transport = new HttpTransport({ fetch: settings.fetch, timeoutMs: settings.timeoutMs, clock });
  }

  /**
   * One token.
   *
   * @throws TokenRequestError, what a client assertion throws, or the signal's reason
   */
  async request(credentials: ClientCredentials, signal: AbortSignal): Promise<Lease<string>> {
    try {
      return await this.#request(credentials, signal);
    } catch (error) {
      // The endpoint may have moved; a refused client says that it has not.
      if (!isClientRejection(error)) this.#discovered = undefined;
      throw error;
    }
  }

  async #request(credentials: ClientCredentials, signal: AbortSignal): Promise<Lease<string>> {
    const { clientAuth, form, issuer, defaultLifetimeMs } = this.#settings;
    checkCredentials(credentials, usesSecret(clientAuth));
    const url = this.#settings.tokenUrl ?? (await this.#discover(signal));
    const context = { tokenUrl: url.href, issuer: issuer?.href, signal };
    const proof = await authenticate(clientAuth, credentials, context);
    const body = new URLSearchParams([['grant_type', 'client_credentials'], ...form]);
    for (const [name, value] of Object.entries(proof.form)) body.append(name, value);
    const obtainedAt = readInstant(this.#clock);
    const answer = await this.#transport.send(
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', ...proof.headers },
        body: body.toString(),
      },
      signal,
    );
    const error = readErrorResponse(answer, [...proof.secrets, body.toString()], this.#clock.wallNow());
    if (error !== undefined) throw error;
    const { token, lifetimeMs } = readTokenResponse(answer, defaultLifetimeMs, obtainedAt.wallMs);
    return { value: token, obtainedAt, lifetimeMs };
  }

  async #discover(signal: AbortSignal): Promise<URL> {
    const { issuer, allowInsecureHttp, clientAuth } = this.#settings;
    if (issuer === undefined) throw new TypeError('A token endpoint or an issuer is always configured');
    this.#discovered ??= await discoverTokenUrl(
      this.#transport,
      {
        issuer,
        preferMtls: clientAuth.kind === 'tls_client_auth',
        isAllowed: (url) => isAllowedUrl(url, allowInsecureHttp),
        wallNow: () => this.#clock.wallNow(),
      },
      signal,
    );
    return this.#discovered;
  }
}

function checkCredentials({ clientId, clientSecret }: ClientCredentials, needsSecret: boolean): void {
  const missing = !isNonEmpty(clientId)
    ? 'clientId'
    : needsSecret && !isNonEmpty(clientSecret)
      ? 'clientSecret'
      : '';
  if (missing === '') return;
  throw new TokenRequestError({
    code: TokenManagerErrorCode.invalidCredentials,
    message: `The credentials have no ${missing}: a non-empty string is needed. Check the secret store`,
  });
}

function isNonEmpty(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
