import { type Clock, type Lease, readInstant } from '@worker-auth/refresh-scheduler';
import type { ObtainedToken } from './attempts.ts';
import { authenticate, type AuthenticationContext, offeredMethod, otherMethod } from './authenticate.ts';
import { type ClientAuthMethod, usesSecret } from '../credentials/client-auth.ts';
import { type DiscoveredIssuer, discoverIssuer, issuerOf, wellKnownUrls } from './discovery.ts';
import { readErrorResponse } from './error-response.ts';
import { isClientRejection, TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import type { RequestCredentials } from '../credentials/credential-reader.ts';
import { type HttpResponse, HttpTransport } from './http-transport.ts';
import type { TokenEndpointSettings } from '../settings.ts';
import { hostAheadMs, ServerTime } from './server-time.ts';
import { readTokenResponse } from './token-response.ts';
import { readTokenUrl } from './token-url.ts';

/** Asks an authorization server for tokens with the client credentials grant (RFC 6749 section 4.4.2). */
export class TokenEndpoint {
  readonly #settings: TokenEndpointSettings;
  readonly #clock: Clock;
  /** Each with its own deadline: a document that comes at once says nothing of the token. */
  readonly #documents: HttpTransport;
  readonly #tokens: HttpTransport;
  readonly #serverTime = new ServerTime();
  /** Of each request, apart from client authentication. */
  readonly #form: URLSearchParams;
  #discovered: DiscoveredIssuer | undefined;
  #rejectedAssertion: string | undefined;
  /** In place of the first that is offered. */
  #method: ClientAuthMethod | undefined;
  /** What {@link switchMethod} turns to. */
  #otherMethod: ClientAuthMethod | undefined;
  /** Whether {@link #method} brought a token. */
  #isProven = false;

  constructor(settings: TokenEndpointSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const { fetch, stepsMs } = settings;
    this.#documents = new HttpTransport({ fetch, stepsMs, clock });
    this.#tokens = new HttpTransport({ fetch, stepsMs, clock });
    this.#form = new URLSearchParams([['grant_type', 'client_credentials'], ...settings.form]);
  }

  /**
   * One token.
   *
   * @param credentials of the right shape, see `credentialReader`
   * @param activeTokens tokens handed out and not yet over, which no text of a server may show either
   * @throws TokenRequestError, what a client assertion throws, or the signal's reason
   */
  async request(
    credentials: RequestCredentials,
    signal: AbortSignal,
    activeTokens: () => readonly string[],
  ): Promise<Lease<ObtainedToken>> {
    const { defaultLifetimeMs } = this.#settings;
    let assertion: string | undefined;
    this.#otherMethod = undefined;
    try {
      const { url, method } = await this.#target(credentials, signal);
      const proof = await authenticate(method, credentials, this.#authenticationContext(url.href, signal));
      assertion = proof.form['client_assertion'];
      const body = new URLSearchParams(this.#form);
      for (const [name, value] of Object.entries(proof.form)) body.append(name, value);
      const obtainedAt = readInstant(this.#clock);
      const response = await this.#tokens.send(
        {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', ...proof.headers },
          body: body.toString(),
        },
        signal,
      );
      const time = this.#serverTime.read(response, obtainedAt);
      const aheadMs = hostAheadMs(time, obtainedAt.wallMs);
      const error = readErrorResponse(response, {
        secrets: () => [...proof.secrets, ...activeTokens()],
        wallNowMs: this.#clock.wallNow(),
        isByAssertion: assertion !== undefined,
        hostAheadMs: aheadMs,
      });
      if (error !== undefined) {
        this.#otherMethod = this.#otherAfter(error, response, method, assertion);
        throw error;
      }
      if (assertion === undefined && usesSecret(method)) {
        this.#method = method;
        this.#isProven = true;
      }
      const measures = { defaultLifetimeMs, sentAtWallMs: obtainedAt.wallMs, time };
      const { token, lifetimeMs, scope } = readTokenResponse(response, measures);
      const missingScopes = this.#missingIn(scope);
      const value = { token, credentialsSource: credentials.source, hostAheadMs: aheadMs, missingScopes };
      return { value, obtainedAt, lifetimeMs };
    } catch (error) {
      // The endpoint may have moved; a rejected client says that it has not.
      if (isClientRejection(error)) this.#rejectedAssertion = assertion;
      else this.#discovered = undefined;
      throw error;
    }
  }

  /**
   * Whether id and secret can be sent another way: after `invalid_client`, or a 401 that asks for Basic, where nobody said how and no way brought a
   * token yet.
   */
  get hasOtherMethod(): boolean {
    return this.#otherMethod !== undefined;
  }

  /** Sends them the other way from now on. */
  switchMethod(): void {
    this.#method = this.#otherMethod;
  }

  /** The scopes that were asked for and not granted (RFC 6749 section 3.3); a server that grants all of them need not say so. */
  #missingIn(granted: string | undefined): readonly string[] {
    if (granted === undefined) return [];
    const names = granted.split(' ');
    return (this.#form.get('scope') ?? '').split(' ').filter((name) => name !== '' && !names.includes(name));
  }

  #otherAfter(
    error: TokenRequestError,
    { status, headers }: HttpResponse,
    sent: ClientAuthMethod,
    assertion: string | undefined,
  ): ClientAuthMethod | undefined {
    const isSaid = this.#settings.clientAuth !== undefined || assertion !== undefined;
    const asksForBasic = status === 401 && /\bbasic\b/i.test(headers.get('www-authenticate') ?? '');
    const isOfClient = isClientRejection(error) && (error.oauthError === 'invalid_client' || asksForBasic);
    if (isSaid || this.#isProven || !isOfClient) return undefined;
    return otherMethod(sent, this.#discovered?.methods, asksForBasic);
  }

  #authenticationContext(tokenUrl: string, signal: AbortSignal): AuthenticationContext {
    const { assertionAudience } = this.#settings;
    const { issuer, algorithms } = this.#discovered ?? {};
    const audience = assertionAudience === 'token-endpoint' ? tokenUrl : (assertionAudience ?? issuer);
    const nowMs = this.#clock.wallNow();
    const rejectedAssertion = this.#rejectedAssertion;
    return { tokenUrl, issuer, audience, algorithms, rejectedAssertion, signal, nowMs };
  }

  /** Where the token is asked for, and how the client authenticates there. */
  async #target(
    credentials: RequestCredentials,
    signal: AbortSignal,
  ): Promise<{ readonly url: URL; readonly method: ClientAuthMethod }> {
    const { tokenUrl, issuer, metadataUrl, clientAuth } = this.#settings;
    const said = clientAuth ?? this.#method;
    if ((issuer ?? metadataUrl) === undefined) {
      const url = tokenUrl ?? this.#namedTokenUrl(credentials);
      return { url, method: said ?? { kind: 'client_secret_post' } };
    }
    const found = (this.#discovered ??= await this.#discover(signal));
    const method = said ?? offeredMethod(credentials, found.methods);
    return { url: method.kind === 'tls_client_auth' ? found.mtlsTokenUrl : found.tokenUrl, method };
  }

  /** The endpoint of this attempt where no option says it. */
  #namedTokenUrl(credentials: RequestCredentials): URL {
    const { allowInsecureHttp } = this.#settings;
    const { tokenUrl: named = '', source } = credentials;
    const where = source === undefined ? '' : ` from ${source}`;
    if (named === '') {
      throw new TokenRequestError(
        `Where to ask for a token is not known: no option says it, nor do the credentials${where}. Set WORKER_AUTH_TOKEN_URL or ` +
          'the option tokenUrl, or add the key atlan_auth_url to the secret',
        { code: TokenManagerErrorCode.endpointUnknown },
      );
    }
    const reading = readTokenUrl(named, allowInsecureHttp);
    if ('url' in reading) return reading.url;
    throw new TokenRequestError(
      `The tokenUrl of the credentials${where} ${reading.problem}. Check the key atlan_auth_url of the secret`,
      { code: TokenManagerErrorCode.invalidCredentials },
    );
  }

  #discover(signal: AbortSignal): Promise<DiscoveredIssuer> {
    const { allowInsecureHttp, metadataUrl } = this.#settings;
    const issuer = this.#settings.issuer && issuerOf(this.#settings.issuer);
    const urls =
      issuer === undefined ? [metadataUrl].filter((url) => url !== undefined) : wellKnownUrls(issuer);
    const wallNow = (): number => this.#clock.wallNow();
    return discoverIssuer(this.#documents, { issuer, urls, allowInsecureHttp, wallNow }, signal);
  }
}
