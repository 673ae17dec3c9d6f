/** What the tokens of a new client look like. */
export interface KeycloakClientOptions {
  readonly clientId: string;
  /** How long its access tokens live, in seconds. */
  readonly lifespanSeconds: number;
  /** The claim `permissions`, which Temporal's claim mapper reads: `["default:write"]`. Default: no such claim. */
  readonly permissions?: readonly string[];
  /** Added to the claim `aud`. Default: none. */
  readonly audience?: string;
}

/** The credentials of a client. */
export interface KeycloakClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The part of Keycloak's admin REST API that the tests need (https://www.keycloak.org/docs-api/latest/rest-api). */
export class KeycloakAdmin {
  readonly #url: string;
  readonly #password: string;

  /**
   * @param url of the server
   * @param password of the administrator `admin` in the realm `master`
   */
  constructor(url: string, password: string) {
    this.#url = url;
    this.#password = password;
  }

  async createClient(options: KeycloakClientOptions): Promise<KeycloakClient> {
    const { clientId } = options;
    await this.#call('POST', 'clients', {
      clientId,
      publicClient: false,
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
      attributes: { 'access.token.lifespan': String(options.lifespanSeconds) },
      protocolMappers: protocolMappers(options),
    });
    return { clientId, clientSecret: await this.#secret('GET', clientId) };
  }

  async regenerateSecret(clientId: string): Promise<string> {
    return await this.#secret('POST', clientId);
  }

  async #secret(method: 'GET' | 'POST', clientId: string): Promise<string> {
    const found = (await this.#call('GET', `clients?clientId=${encodeURIComponent(clientId)}`)) as {
      id: string;
    }[];
    const id = found[0]?.id;
    if (id === undefined) throw new Error(`Keycloak has no client ${clientId}`);
    const { value } = (await this.#call(method, `clients/${id}/client-secret`)) as { value: string };
    return value;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/admin/realms/master/${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async #token(): Promise<string> {
    const response = await fetch(`${this.#url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: this.#password,
      }),
    });
    if (!response.ok) throw new Error(`Keycloak refused the administrator: ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }
}

function protocolMappers(options: KeycloakClientOptions): readonly unknown[] {
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
