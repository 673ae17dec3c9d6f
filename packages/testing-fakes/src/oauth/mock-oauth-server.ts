import { randomUUID } from 'node:crypto';
import { type Checks, checkGiven, flag, oneOf, text } from '../given/check-given.ts';
import { FakeHttpServer } from '../server/fake-http-server.ts';
import { wallClockOf } from '../server/host-clock.ts';
import type { HttpFault } from '../server/http-fault.ts';
import { type AuthorizationServerParts, prepareResponse } from './authorization-server.ts';
import { ClientAuthenticator } from './client-authentication.ts';
import { usesCertificate } from './certificate-options.ts';
import { clientChecks, ClientRegistry, lifetimeCheck, type OAuthClientOptions } from './client-registry.ts';
import { KeyRing, type KeyRotation, type SigningKeyState } from './key-ring.ts';
import {
  checkOAuthOptions,
  clientsOf,
  type MockOAuthServerOptions,
  rejectCertificate,
  takesCertificates,
  trustedIssuersOf,
} from './mock-oauth-server-options.ts';
import { jsonResponse } from './oauth-response.ts';
import { endpointAt, type OAuthEndpoint, oauthEndpoints } from './oauth-endpoint.ts';
import { type OAuthFaultName, readOAuthFault } from './oauth-faults.ts';
import { RecordedRequest } from './recorded-request.ts';
import { type MintOptions, mintChecks, TokenIssuer } from './token-issuer.ts';
import { TrustedIssuers } from './trusted-issuers.ts';

const rotationChecks: Checks<KeyRotation> = {
  keepOld: flag,
  alg: oneOf(['RS256', 'ES256']),
  publish: flag,
};

/**
 * An OAuth2 authorization server on a port of 127.0.0.1: client credentials grant, access tokens as JWTs, JWKS and both discovery
 * documents. Strict: it rejects what a careful server rejects, remembers every request, and misbehaves on demand.
 */
export class MockOAuthServer extends FakeHttpServer<
  OAuthEndpoint,
  RecordedRequest,
  HttpFault | OAuthFaultName
> {
  /** This and the next two are of the tokens issued from now on, for each client that has none of its own. */
  permissions: readonly string[];
  audience: string | readonly string[] | undefined;
  /** `undefined`: the client's id. */
  subject: string | undefined;

  readonly #clients: ClientRegistry;
  readonly #keys: KeyRing;
  readonly #tokens: TokenIssuer;
  readonly #takesCertificates: boolean;
  readonly #issuerPath: string;
  #lifetimeSeconds: number;

  /**
   * Starts a server; end it with `stop()` or `await using`.
   *
   * @throws TypeError for options that there are not (with the nearest name), that contradict each other or make no sense
   * @throws RangeError when a trusted issuer names a client that is not there
   */
  static async start(options: MockOAuthServerOptions = {}): Promise<MockOAuthServer> {
    checkOAuthOptions(options);
    const mock = new MockOAuthServer(options);
    await mock.restart();
    return mock;
  }

  private constructor(options: MockOAuthServerOptions) {
    const clients = new ClientRegistry(clientsOf(options));
    const takes = takesCertificates(options, clientsOf(options));
    const keys = new KeyRing(options.signingAlg ?? 'RS256');
    const tokens = new TokenIssuer(keys, wallClockOf(options));
    const authenticator = new ClientAuthenticator({
      clients,
      trustedIssuers: new TrustedIssuers(trustedIssuersOf(options), clients),
      acceptAssertion: options.acceptAssertion,
      strictAssertions: options.strictAssertions ?? false,
      wallNow: wallClockOf(options),
    });
    const { issuerPath = '' } = options;
    super(
      {
        endpoints: oauthEndpoints,
        defaultEndpoint: 'token',
        readFault: readOAuthFault,
        receive: (incoming, response) => {
          // Of the clock that dates the tokens: a client compares the two.
          response.setHeader('date', new Date(wallClockOf(options)()).toUTCString());
          return RecordedRequest.receive(incoming, response, wallClockOf(options));
        },
        endpointOf: ({ path }) => endpointAt(path, issuerPath),
        prepare: async (request, endpoint) => {
          if (endpoint === undefined) return () => jsonResponse({ error: 'not_found' }, 404);
          const respond = await prepareResponse(endpoint, request, parts);
          return () => ({ ...respond(), requestBody: request.rawBody() });
        },
      },
      { ...options, requestClientCertificate: takes },
    );
    this.#lifetimeSeconds = options.lifetimeSeconds ?? 3600;
    this.permissions = options.permissions ?? ['default:write'];
    this.audience = options.audience;
    this.subject = options.subject;
    this.#clients = clients;
    this.#keys = keys;
    this.#tokens = tokens;
    this.#takesCertificates = takes;
    this.#issuerPath = issuerPath;
    const parts: AuthorizationServerParts = {
      authenticator,
      keys,
      tokens,
      defaults: this,
      takesCertificates: takes,
    };
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.#keys.release();
  }

  /** Life of the tokens issued from now on, in seconds, for each client that has none of its own. */
  get lifetimeSeconds(): number {
    return this.#lifetimeSeconds;
  }

  /** Throws a TypeError for what is no number, and a RangeError for one that is not above 0. */
  set lifetimeSeconds(seconds: number) {
    lifetimeCheck('lifetimeSeconds', seconds);
    this.#lifetimeSeconds = seconds;
  }

  /** `http://127.0.0.1:<port>`, with the issuer path. */
  get issuer(): string {
    return `${this.url}${this.#issuerPath}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** The requests to the token endpoint so far. */
  get tokenRequests(): readonly RecordedRequest[] {
    return this.requests.filter(({ path }) => path === `${this.#issuerPath}/token`);
  }

  /** The client's id; of several, that of the first. */
  get clientId(): string {
    return this.#clients.first.clientId;
  }

  /** The newest client secret that the server accepts of that client. */
  get clientSecret(): string {
    return this.#clients.first.secrets.at(-1) ?? '';
  }

  /** @throws TypeError when the client exists already, makes no sense, or needs a certificate that the server does not ask for */
  addClient(client: OAuthClientOptions): void {
    checkGiven('addClient', client, clientChecks);
    if (usesCertificate(client) && !this.#takesCertificates) rejectCertificate(client);
    this.#clients.add(client);
  }

  /**
   * A client's secret changes.
   *
   * @param options.clientId default the first client's
   * @param options.keepOld whether the old secrets stay good, as in an overlapping rotation; default false
   * @returns the new secret
   * @throws RangeError when there is no such client
   */
  rotateClientSecret(
    next: string = randomUUID(),
    options: { readonly clientId?: string; readonly keepOld?: boolean } = {},
  ): string {
    text('The client secret', next);
    checkGiven('rotateClientSecret', options, { clientId: text, keepOld: flag });
    this.#clients.rotateSecret(options.clientId ?? this.clientId, next, options.keepOld ?? false);
    return next;
  }

  /** All keys that tokens were ever signed with, oldest first. */
  get signingKeys(): readonly SigningKeyState[] {
    return this.#keys.states;
  }

  /** Tokens are signed with a new key from now on. Returns its `kid`. */
  rotateSigningKey(rotation: KeyRotation = {}): string {
    checkGiven('rotateSigningKey', rotation, rotationChecks);
    return this.#keys.rotate(rotation);
  }

  /**
   * The JWKS no longer lists the key; if it is the current one, it goes on signing.
   *
   * @throws RangeError when there is no such key
   */
  withdrawKey(kid: string): void {
    this.#keys.set(kid, 'withdrawn');
  }

  /**
   * The JWKS lists a key that it did not list before.
   *
   * @throws RangeError when there is no such key
   */
  publishKey(kid: string): void {
    this.#keys.set(kid, 'published');
  }

  /** The newest 10,000 tokens that clients were given by the token endpoint, oldest first. */
  get issuedTokens(): readonly string[] {
    return this.#tokens.issued;
  }

  /**
   * A token signed outside the token endpoint: expired, of a foreign or withdrawn key, or with other claims, for tests of denial.
   *
   * @throws RangeError when there is no such client, or no such key
   * @throws TypeError when the key is named in two ways
   */
  mintToken(options: MintOptions = {}): string {
    checkGiven('mintToken', options, mintChecks);
    return this.#tokens.mint(this.#clients.known(options.clientId ?? this.clientId), this, options);
  }
}
