import { randomUUID } from 'node:crypto';

/** A new client for the client credentials grant. */
export interface KeycloakClientOptions {
  readonly clientId: string;
  /** Default: Keycloak makes one up. */
  readonly clientSecret?: string;
  /** How long its access tokens live, in seconds. Default that of the realm. */
  readonly lifespanSeconds?: number;
  /** The claim `permissions`, which Temporal's claim mapper reads: `["default:write"]`. Default: no such claim. */
  readonly permissions?: readonly string[];
  /** Added to the claim `aud`. Default: none. */
  readonly audience?: string;
  /** Whether it may use the client credentials grant. Default true. */
  readonly serviceAccounts?: boolean;
  /** Further attributes of the client. Default none. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The credentials of a client. */
export interface KeycloakClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a client that authenticates by another issuer's assertions has beside its id. */
export interface FederatedClientOptions extends Omit<KeycloakClientOptions, 'clientId' | 'clientSecret'> {
  /** The `iss` of the assertions. */
  readonly issuer: string;
  /** The issuer's keys; Keycloak reads them anew for a `kid` that it does not know. */
  readonly jwksUrl: string;
  /** The `sub` of the assertions. */
  readonly subject: string;
}

/** Who vouches for a client by JWT-SVIDs. */
export interface SpiffeClientOptions {
  /** `spiffe://example.org` */
  readonly trustDomain: string;
  /** The URL of the keys of the trust domain. */
  readonly bundleEndpoint: string;
  /** The SPIFFE id of the client, below the trust domain. */
  readonly subject: string;
}

type Call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<unknown>;

/** A realm and its clients. */
export class KeycloakRealm {
  readonly issuer: string;
  readonly tokenUrl: string;
  /** Of its JSON Web Key Set. */
  readonly jwksUrl: string;
  readonly #call: Call;

  /**
   * @param url of the server
   * @param call calls the admin REST API below the realm's path
   */
  constructor(name: string, url: string, call: Call) {
    this.issuer = `${url}/realms/${name}`;
    this.tokenUrl = `${this.issuer}/protocol/openid-connect/token`;
    this.jwksUrl = `${this.issuer}/protocol/openid-connect/certs`;
    this.#call = call;
  }

  /** Makes a confidential client. */
  async createClient(options: KeycloakClientOptions): Promise<KeycloakClient> {
    const { clientId, clientSecret, serviceAccounts = true } = options;
    await this.#call('POST', 'clients', {
      ...confidential(clientId),
      serviceAccountsEnabled: serviceAccounts,
      secret: clientSecret,
      attributes: { ...options.attributes, ...lifespan(options) },
      protocolMappers: protocolMappers(options),
    });
    return { clientId, clientSecret: clientSecret ?? (await this.#secret('GET', clientId)) };
  }

  /**
   * Makes a client that authenticates by `private_key_jwt`, with ES256.
   *
   * @param jwks the public keys that verify its assertions
   */
  async createSigningClient(clientId: string, jwks: { readonly keys: readonly object[] }): Promise<void> {
    await this.#call('POST', 'clients', {
      ...confidential(clientId),
      clientAuthenticatorType: 'client-jwt',
      attributes: {
        'use.jwks.string': 'true',
        'jwks.string': JSON.stringify(jwks),
        'token.endpoint.auth.signing.alg': 'ES256',
      },
    });
  }

  /** Makes a client that authenticates by `client_secret_jwt`. */
  async createSecretSigningClient(clientId: string, clientSecret: string): Promise<void> {
    await this.#call('POST', 'clients', {
      ...confidential(clientId),
      clientAuthenticatorType: 'client-secret-jwt',
      secret: clientSecret,
    });
  }

  /** Makes a client that authenticates by assertions of another issuer (RFC 7523), each as often as it is sent. */
  async createFederatedClient(clientId: string, options: FederatedClientOptions): Promise<void> {
    const { issuer, jwksUrl } = options;
    const alias = `${clientId}-issuer`;
    await this.#call('POST', 'identity-provider/instances', {
      alias,
      providerId: 'oidc',
      config: {
        issuer,
        jwksUrl,
        useJwksUrl: 'true',
        validateSignature: 'true',
        supportsClientAssertions: 'true',
        supportsClientAssertionReuse: 'true',
        // Not used, and not optional.
        clientId,
        clientAuthMethod: 'client_secret_post',
        clientSecret: 'x',
        tokenUrl: `${issuer}/token`,
        authorizationUrl: `${issuer}/authorize`,
      },
    });
    await this.#createVouchedClient(clientId, alias, options);
  }

  /** Makes a client that authenticates by JWT-SVIDs of a SPIFFE trust domain (draft-ietf-oauth-spiffe-client-auth). */
  async createSpiffeClient(clientId: string, options: SpiffeClientOptions): Promise<void> {
    const { trustDomain, bundleEndpoint, subject } = options;
    const alias = `${clientId}-trust-domain`;
    await this.#call('POST', 'identity-provider/instances', {
      alias,
      providerId: 'spiffe',
      config: { trustDomain, issuer: trustDomain, bundleEndpoint },
    });
    await this.#createVouchedClient(clientId, alias, { subject });
  }

  /** @returns the client's new secret; the old one is rejected from then on */
  async regenerateSecret(clientId: string): Promise<string> {
    return await this.#secret('POST', clientId);
  }

  /**
   * Replaces the key that access tokens are signed with. The old one is withdrawn at once, as after a theft: whoever reads the key set
   * anew rejects the tokens that it signed.
   */
  async rotateSigningKey(): Promise<void> {
    const path = 'components?type=org.keycloak.keys.KeyProvider';
    const providers = (await this.#call('GET', path)) as { id: string; providerId: string }[];
    await this.#call('POST', 'components', {
      name: `rsa-${randomUUID()}`,
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: { priority: ['200'], algorithm: ['RS256'] },
    });
    for (const { id, providerId } of providers) {
      if (providerId === 'rsa-generated') await this.#call('DELETE', `components/${id}`);
    }
  }

  /** @param alias of the identity provider that vouches for it */
  async #createVouchedClient(
    clientId: string,
    alias: string,
    options: Omit<FederatedClientOptions, 'issuer' | 'jwksUrl'>,
  ): Promise<void> {
    await this.#call('POST', 'clients', {
      ...confidential(clientId),
      clientAuthenticatorType: 'federated-jwt',
      attributes: {
        'jwt.credential.issuer': alias,
        'jwt.credential.sub': options.subject,
        ...lifespan(options),
      },
      protocolMappers: protocolMappers(options),
    });
  }

  async #secret(method: 'GET' | 'POST', clientId: string): Promise<string> {
    const path = `clients/${await this.#id(clientId)}/client-secret`;
    return ((await this.#call(method, path)) as { value: string }).value;
  }

  async #id(clientId: string): Promise<string> {
    const path = `clients?clientId=${encodeURIComponent(clientId)}`;
    const [client] = (await this.#call('GET', path)) as { id: string }[];
    if (client === undefined) throw new Error(`Keycloak has no client ${clientId}`);
    return client.id;
  }
}

function confidential(clientId: string): object {
  return {
    clientId,
    protocol: 'openid-connect',
    publicClient: false,
    standardFlowEnabled: false,
    serviceAccountsEnabled: true,
  };
}

function lifespan({ lifespanSeconds }: Pick<KeycloakClientOptions, 'lifespanSeconds'>): object {
  return lifespanSeconds === undefined ? {} : { 'access.token.lifespan': String(lifespanSeconds) };
}

function protocolMappers(
  options: Pick<KeycloakClientOptions, 'permissions' | 'audience'>,
): readonly unknown[] {
  const mappers: unknown[] = [];
  if (options.permissions !== undefined) {
    mappers.push({
      name: 'permissions',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-hardcoded-claim-mapper',
      config: {
        'claim.name': 'permissions',
        'claim.value': JSON.stringify(options.permissions),
        'jsonType.label': 'JSON',
        'access.token.claim': 'true',
      },
    });
  }
  if (options.audience !== undefined) {
    mappers.push({
      name: 'audience',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.custom.audience': options.audience, 'access.token.claim': 'true' },
    });
  }
  return mappers;
}
