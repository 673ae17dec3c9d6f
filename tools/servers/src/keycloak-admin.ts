import { KeycloakRealm } from './keycloak-realm.ts';

/** Keycloak's admin REST API, as far as the tests need it (https://www.keycloak.org/docs-api/latest/rest-api). */
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

  /** A realm that is there. */
  realm(name: string): KeycloakRealm {
    return new KeycloakRealm(name, this.#url, (method, path, body) =>
      this.#call(method, `realms/${name}/${path}`, body),
    );
  }

  /** A realm of its own, with Keycloak's defaults: access tokens live 300 seconds. */
  async createRealm(name: string): Promise<KeycloakRealm> {
    await this.#call('POST', 'realms', { realm: name, enabled: true, sslRequired: 'none' });
    return this.realm(name);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async #token(): Promise<string> {
    const response = await fetch(this.realm('master').tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: this.#password,
      }),
    });
    if (!response.ok) throw new Error(`Keycloak rejected the administrator: ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }
}
