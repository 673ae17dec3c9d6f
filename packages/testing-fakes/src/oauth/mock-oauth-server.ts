import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerPlan, type FaultChoice, type FaultTarget } from '../server/answer-plan.ts';
import { Gate } from '../server/gate.ts';
import type { HttpFault } from '../server/http-fault.ts';
import { LoopbackServer, type LoopbackServerOptions, readBody } from '../server/loopback-server.ts';
import { sendFault } from '../server/send-fault.ts';
import { oauthFaults, type OAuthFaultName } from './oauth-faults.ts';
import { type MintOptions, TokenIssuer } from './token-issuer.ts';
import { checkTokenRequest, type RecordedRequest } from './token-request-check.ts';

/** Settings of {@link MockOAuthServer.start}. */
export interface MockOAuthServerOptions extends LoopbackServerOptions {
  /** Default `worker`. */
  readonly clientId?: string;
  /** Default `s3cret`. */
  readonly clientSecret?: string;
  /** Life of the tokens in seconds. Default 3600. */
  readonly lifetimeSeconds?: number;
  /** The `permissions` claim, as Temporal's default claim mapper reads it. Default `["default:write"]`. */
  readonly permissions?: readonly string[];
  /** The `aud` claim. Default none. */
  readonly audience?: string | readonly string[];
  /** The `sub` claim. Default the client id. */
  readonly subject?: string;
  /** Path of the issuer, as Keycloak's `/realms/x`. Default none. */
  readonly issuerPath?: string;
  /** Decides about a `client_assertion`. Default: every assertion is refused. */
  readonly acceptAssertion?: (assertion: string) => boolean;
  /** The wall clock of `iat`, `exp` and the `Date` header. Default the host's. */
  readonly clock?: { wallNow(): number };
}

/** Which of the server's documents and endpoints a fault is for. */
export type OAuthEndpoint = 'token' | 'jwks' | 'metadata';

/**
 * An OAuth2 authorization server on a port of 127.0.0.1: client credentials grant, RS256 access tokens, JWKS, both discovery
 * documents. Strict: it refuses what a careful server refuses, remembers every request, and misbehaves on demand.
 */
export class MockOAuthServer implements AsyncDisposable {
  readonly clientId: string;
  /** Life of the tokens issued from now on, in seconds. */
  lifetimeSeconds: number;
  permissions: readonly string[];
  audience: string | readonly string[] | undefined;
  subject: string;

  readonly #issuerPath: string;
  readonly #clock: { wallNow(): number };
  readonly #tokenIssuer: TokenIssuer;
  readonly #acceptAssertion: ((assertion: string) => boolean) | undefined;
  readonly #requests: RecordedRequest[] = [];
  readonly #issued: string[] = [];
  readonly #listeners = new Set<(request: RecordedRequest) => void>();
  readonly #plan = new AnswerPlan<OAuthEndpoint, RecordedRequest>();
  readonly #gate = new Gate();
  #server: LoopbackServer | undefined;
  #secrets: readonly string[];

  /** Starts a server; end it with {@link MockOAuthServer.stop} or `await using`. */
  static async start(options: MockOAuthServerOptions = {}): Promise<MockOAuthServer> {
    const mock = new MockOAuthServer(options);
    mock.#server = await LoopbackServer.start(
      (request, response) => mock.#handle(request, response),
      options,
    );
    return mock;
  }

  private constructor(options: MockOAuthServerOptions) {
    this.clientId = options.clientId ?? 'worker';
    this.#secrets = [options.clientSecret ?? 's3cret'];
    this.lifetimeSeconds = options.lifetimeSeconds ?? 3600;
    this.permissions = options.permissions ?? ['default:write'];
    this.audience = options.audience;
    this.subject = options.subject ?? this.clientId;
    this.#issuerPath = options.issuerPath ?? '';
    this.#acceptAssertion = options.acceptAssertion;
    const clock = options.clock ?? { wallNow: () => Date.now() };
    this.#clock = clock;
    this.#tokenIssuer = new TokenIssuer(() => clock.wallNow());
  }

  /** `http://127.0.0.1:<port>`, with the issuer path. */
  get issuer(): string {
    return `${this.#listening.url}${this.#issuerPath}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** The authority to trust (PEM), when the server has `tls: true`. */
  get caCertificate(): string | undefined {
    return this.#listening.caCertificate;
  }

  get #listening(): LoopbackServer {
    if (this.#server === undefined) throw new Error('The server has not started yet');
    return this.#server;
  }

  /** The newest client secret that the server accepts. */
  get clientSecret(): string {
    return this.#secrets.at(-1) ?? '';
  }

  /** Every request so far, whatever its path. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** The requests to the token endpoint so far. */
  get tokenRequests(): readonly RecordedRequest[] {
    return this.#requests.filter(({ url }) => url.split('?')[0] === `${this.#issuerPath}/token`);
  }

  /** The tokens issued by the token endpoint so far, oldest first. */
  get issuedTokens(): readonly string[] {
    return this.#issued;
  }

  /** How many connections with a request on them are open now: 0 after the clients gave up. */
  get openConnections(): number {
    return this.#listening.openConnections;
  }

  /** How many connections have brought requests so far: 1 when the client keeps its connection alive. */
  get connectionsSeen(): number {
    return this.#listening.connectionsSeen;
  }

  /** The next request that arrives after this call. */
  nextRequest(): Promise<RecordedRequest> {
    return new Promise((resolve) => {
      const listener = (request: RecordedRequest): void => {
        this.#listeners.delete(listener);
        resolve(request);
      };
      this.#listeners.add(listener);
    });
  }

  /**
   * The next requests meet `fault`: those to the token endpoint, unless the target names another one. Each call queues behind the
   * earlier ones.
   */
  injectFault(fault: HttpFault | OAuthFaultName, target: FaultTarget<OAuthEndpoint> = {}): void {
    this.#plan.inject(resolveFault(fault), { endpoint: 'token', ...target });
  }

  /** Every request to the endpoint meets `fault` until {@link MockOAuthServer.recover}. */
  failWith(fault: FaultChoice<RecordedRequest> | OAuthFaultName, endpoint: OAuthEndpoint = 'token'): void {
    this.#plan.failWith(typeof fault === 'string' ? resolveFault(fault) : fault, endpoint);
  }

  /** Ends all faults. */
  recover(): void {
    this.#plan.recover();
  }

  /** Token requests are recorded, but not answered until the returned function is called. */
  hold(): () => void {
    return this.#gate.hold();
  }

  /**
   * The client's secret changes.
   *
   * @param options.keepOld whether the old secrets stay good, as in an overlapping rotation; default false
   */
  rotateClientSecret(next: string = randomUUID(), options: { readonly keepOld?: boolean } = {}): string {
    this.#secrets = options.keepOld === true ? [...this.#secrets, next] : [next];
    return next;
  }

  /**
   * Tokens are signed with a new key from now on.
   *
   * @param options.keepOld whether the JWKS goes on listing the old keys; default true
   */
  rotateSigningKey(options: { readonly keepOld?: boolean } = {}): void {
    this.#tokenIssuer.rotate(options.keepOld ?? true);
  }

  /** A token signed outside the token endpoint: expired, of a foreign key, or with other claims, for tests of denial. */
  mintToken(options: MintOptions = {}): string {
    return this.#tokenIssuer.mint(this, options);
  }

  /** Ends the server and every connection to it. */
  async stop(): Promise<void> {
    this.#gate.open();
    await this.#listening.stop();
  }

  /** Listens on the same port again, with all that it knows: the server came back. */
  restart(): Promise<void> {
    return this.#listening.restart();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Of the clock that dates the tokens: a client compares the two.
    response.setHeader('date', new Date(this.#clock.wallNow()).toUTCString());
    const recorded = await record(request);
    this.#requests.push(recorded);
    for (const listener of [...this.#listeners]) listener(recorded);
    const path = recorded.url.split('?')[0] ?? '';
    if (path === `${this.#issuerPath}/token`) {
      await this.#answerTokenRequest(recorded, response);
      return;
    }
    const document = this.#documents().get(path);
    if (document === undefined) {
      sendJson(response, 404, { error: 'not_found' });
      return;
    }
    const fault = this.#plan.next(recorded, document.endpoint, `${recorded.method} ${path}`);
    const body = JSON.stringify(document.content);
    if (fault === undefined) sendJson(response, 200, body);
    else await sendFault(response, fault, { body, requestBody: recorded.body });
  }

  #documents(): ReadonlyMap<string, { readonly endpoint: OAuthEndpoint; readonly content: unknown }> {
    const metadata = {
      issuer: this.issuer,
      token_endpoint: this.tokenUrl,
      jwks_uri: this.jwksUrl,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    };
    return new Map([
      [`${this.#issuerPath}/.well-known/openid-configuration`, { endpoint: 'metadata', content: metadata }],
      [
        `/.well-known/oauth-authorization-server${this.#issuerPath}`,
        { endpoint: 'metadata', content: metadata },
      ],
      [`${this.#issuerPath}/jwks`, { endpoint: 'jwks', content: { keys: this.#tokenIssuer.publicJwks } }],
    ]);
  }

  async #answerTokenRequest(request: RecordedRequest, response: ServerResponse): Promise<void> {
    // The secrets and faults of the moment of arrival count, not those of the moment of release.
    const client = {
      clientId: this.clientId,
      secrets: this.#secrets,
      acceptAssertion: this.#acceptAssertion,
    };
    const fault = this.#plan.next(request, 'token', `${request.method} ${request.url}`);
    await this.#gate.pass();
    const refusal = checkTokenRequest(request, client);
    if (fault === undefined && refusal !== undefined) {
      sendJson(response, refusal.status, { error: refusal.error, error_description: refusal.description });
      return;
    }
    const scope = new Map(request.form).get('scope');
    const token = this.mintToken(scope === undefined ? {} : { claims: { scope } });
    const body = JSON.stringify({
      access_token: token,
      token_type: 'Bearer',
      expires_in: this.lifetimeSeconds,
      ...(scope !== undefined && { scope }),
    });
    if (fault !== undefined) {
      await sendFault(response, fault, { body, requestBody: request.body });
      return;
    }
    this.#issued.push(token);
    sendJson(response, 200, body);
  }
}

function resolveFault(fault: HttpFault | OAuthFaultName): HttpFault {
  return typeof fault === 'string' ? oauthFaults[fault] : fault;
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const body = await readBody(request);
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    body,
    form: isForm ? [...new URLSearchParams(body)] : [],
  };
}

/** Cache-Control as RFC 6749 section 5.1 demands. */
function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
