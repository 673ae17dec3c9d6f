import { randomUUID } from 'node:crypto';
import { wallClockOf } from '../server/host-clock.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { ClientAuthenticator } from './client-authentication.ts';
import { usesCertificate } from './certificate-options.ts';
import { ClientRegistry, type OAuthClientOptions } from './client-registry.ts';
import { KeyRing, type KeyRotation, type SigningKeyState } from './key-ring.ts';
import {
  clientsOf,
  type MockOAuthServerOptions,
  refuseCertificate,
  takesCertificates,
  trustedIssuersOf,
} from './mock-oauth-server-options.ts';
import { OAuthHttpServer } from './oauth-http-server.ts';
import { type MintOptions, TokenIssuer } from './token-issuer.ts';
import { TrustedIssuers } from './trusted-issuers.ts';

/**
 * An OAuth2 authorization server on a port of 127.0.0.1: client credentials grant, access tokens as JWTs, JWKS, both discovery
 * documents, introspection and revocation. Strict: it refuses what a careful server refuses, remembers every request, and misbehaves on demand.
 */
export class MockOAuthServer extends OAuthHttpServer {
  /** Life of the tokens issued from now on, in seconds; this and the next three are for each client that has none of its own. */
  lifetimeSeconds: number;
  permissions: readonly string[];
  audience: string | readonly string[] | undefined;
  /** `undefined`: the client's id. */
  subject: string | undefined;

  readonly #clients: ClientRegistry;
  readonly #keys: KeyRing;
  readonly #tokens: TokenIssuer;
  readonly #takesCertificates: boolean;

  /**
   * Starts a server; end it with `stop()` or `await using`.
   *
   * @throws TypeError for options that contradict each other or make no sense
   * @throws RangeError when a trusted issuer names a client that is not there
   */
  static async start(options: MockOAuthServerOptions = {}): Promise<MockOAuthServer> {
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
    super((endpoint, request) => proper.prepare(endpoint, request), {
      ...options,
      requestClientCertificate: takes,
    });
    this.lifetimeSeconds = options.lifetimeSeconds ?? 3600;
    this.permissions = options.permissions ?? ['default:write'];
    this.audience = options.audience;
    this.subject = options.subject;
    this.#clients = clients;
    this.#keys = keys;
    this.#tokens = tokens;
    this.#takesCertificates = takes;
    const proper = new AuthorizationServer({
      authenticator,
      keys,
      tokens,
      defaults: this,
      takesCertificates: takes,
    });
  }

  override async stop(): Promise<void> {
    await super.stop();
    this.#keys.release();
  }

  /** The client's id; of several, that of the first. */
  get clientId(): string {
    return this.#clients.first.clientId;
  }

  /** The newest client secret that the server accepts of that client. */
  get clientSecret(): string {
    return this.#clients.first.secrets.at(-1) ?? '';
  }

  /** @throws TypeError when the client is there already, makes no sense, or needs a certificate that the server does not ask for */
  addClient(client: OAuthClientOptions): void {
    if (usesCertificate(client) && !this.#takesCertificates) refuseCertificate(client);
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
    this.#clients.rotateSecret(options.clientId ?? this.clientId, next, options.keepOld ?? false);
    return next;
  }

  /** All keys that tokens were ever signed with, oldest first. */
  get signingKeys(): readonly SigningKeyState[] {
    return this.#keys.states;
  }

  /** Tokens are signed with a new key from now on. Returns its `kid`. */
  rotateSigningKey(rotation: KeyRotation = {}): string {
    return this.#keys.rotate(rotation);
  }

  /**
   * The JWKS no longer lists the key, and its tokens are not active any more; if it is the current one, it goes on signing.
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

  /** The tokens that clients were given by the token endpoint so far, oldest first. */
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
    return this.#tokens.mint(this.#clients.known(options.clientId ?? this.clientId), this, options);
  }
}
