import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeycloakClient, type KeycloakClientOptions, KeycloakRealm } from './keycloak-realm.ts';
import { freePorts } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

/** A Keycloak with its realm `master`. */
export interface Keycloak extends RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The realm's token endpoint. */
  readonly tokenUrl: string;
  /** The realm's JSON Web Key Set. */
  readonly jwksUrl: string;
  /** Of the administrator `admin`. */
  readonly adminPassword: string;
  /** Makes a realm of its own, with Keycloak's defaults: access tokens live 300 seconds. */
  createRealm(name: string): Promise<KeycloakRealm>;
  /** Makes a confidential client that may use the client credentials grant, in the realm `master`. */
  createClient(options: KeycloakClientOptions): Promise<KeycloakClient>;
  /** @returns the client's new secret; the old one is rejected from then on */
  regenerateSecret(clientId: string): Promise<string>;
  /** Replaces the key that the realm's access tokens are signed with, and withdraws the old one. */
  rotateSigningKey(): Promise<void>;
}

/**
 * Starts Keycloak with an empty database, which `restart()` keeps and `stop()` removes. Ready: the realm's discovery document is
 * served.
 */
export async function startKeycloak(options: StartOptions = {}): Promise<Keycloak> {
  const { path } = await findProgram('keycloak');
  const adminPassword = randomUUID();
  const server = await startServer(async () => {
    const [http = 0, management = 0] = await freePorts(2);
    const port = options.port ?? http;
    const data = await mkdtemp(join(tmpdir(), 'keycloak-'));
    return {
      name: 'Keycloak',
      port,
      launch: {
        command: path,
        args: serverArguments(port, management, data),
        env: {
          KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
          KC_BOOTSTRAP_ADMIN_PASSWORD: adminPassword,
          // Compiling less is faster for a server that lives for minutes.
          JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
        },
        graceMs: 15_000,
      },
      timeoutMs: 240_000,
      probe: async (signal) =>
        (await fetch(`http://127.0.0.1:${port}/realms/master/.well-known/openid-configuration`, { signal }))
          .ok,
      cleanUp: () => rm(data, { recursive: true, force: true }),
    };
  });
  const url = `http://${server.address}`;
  const call = adminApi(url, adminPassword);
  const realm = (name: string): KeycloakRealm =>
    new KeycloakRealm(name, url, (method, path, body) => call(method, `realms/${name}/${path}`, body));
  const master = realm('master');
  return Object.assign(server, {
    url,
    tokenUrl: master.tokenUrl,
    jwksUrl: master.jwksUrl,
    adminPassword,
    createRealm: async (name: string) => {
      await call('POST', 'realms', { realm: name, enabled: true, sslRequired: 'none' });
      return realm(name);
    },
    createClient: (client: KeycloakClientOptions) => master.createClient(client),
    regenerateSecret: (clientId: string) => master.regenerateSecret(clientId),
    rotateSigningKey: () => master.rotateSigningKey(),
  });
}

/** Calls the admin REST API, as far as the tests need it (https://www.keycloak.org/docs-api/latest/rest-api). */
function adminApi(url: string, password: string) {
  const login = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password };
  return async (method: string, path: string, body?: object): Promise<unknown> => {
    const request = { method: 'POST', body: new URLSearchParams(login) };
    const token = await fetch(`${url}/realms/master/protocol/openid-connect/token`, request);
    if (!token.ok) throw new Error(`Keycloak rejected the administrator: ${await token.text()}`);
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const response = await fetch(`${url}/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
}

function serverArguments(port: number, management: number, dataFolder: string): readonly string[] {
  const database = join(dataFolder, 'keycloak');
  // oxfmt-ignore
  return ['start', '--optimized', '--http-enabled=true', '--hostname-strict=false', '--http-host=127.0.0.1',
    `--http-port=${port}`, `--http-management-port=${management}`, '--cache=local', '--log-level=warn',
    `--db-url=jdbc:h2:file:${database};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=0`];
}
