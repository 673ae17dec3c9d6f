import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { javaObstacle } from './java.ts';
import { KeycloakAdmin } from './keycloak-admin.ts';
import type { KeycloakClient, KeycloakClientOptions, KeycloakRealm } from './keycloak-realm.ts';
import { obtain, type Place, type Places } from './lookup.ts';
import { fetchArtifact, repositoryVariable } from './maven.ts';
import { cachePlace, inEntry } from './places.ts';
import { freePorts } from './ports.ts';
import { withProgress } from './progress.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { keycloak } from './versions.ts';
import { makeExecutable, unzip } from './wheel.ts';

/** What it is built with beside its defaults: clients that authenticate by SPIFFE, a preview. */
const features = 'spiffe';

const entry: CacheEntry = { name: `keycloak-${keycloak.version}-${features}`, proof: 'bin/kc.sh' };

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

/** Where Keycloak may be: the cache, the Maven artifact. */
export function keycloakPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: 'Keycloak',
    obstacle: () => javaObstacle(env),
    local: [cachePlace(() => entry, keycloak.version, root)],
    remote: [mavenPlace(root, env)],
    byHand: `put Maven on PATH, or set ${repositoryVariable} to the base URL of a Maven repository`,
  };
}

/**
 * Starts Keycloak with an empty database, which `restart()` keeps and `stop()` removes. Ready: the realm's discovery document is
 * served.
 */
export async function startKeycloak(options: StartOptions = {}): Promise<Keycloak> {
  const { path } = await obtain(keycloakPlaces());
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
  const admin = new KeycloakAdmin(url, adminPassword);
  const master = admin.realm('master');
  return Object.assign(server, {
    url,
    tokenUrl: master.tokenUrl,
    jwksUrl: master.jwksUrl,
    adminPassword,
    createRealm: (name: string) => admin.createRealm(name),
    createClient: (client: KeycloakClientOptions) => master.createClient(client),
    regenerateSecret: (clientId: string) => master.regenerateSecret(clientId),
    rotateSigningKey: () => master.rotateSigningKey(),
  });
}

function serverArguments(port: number, management: number, dataFolder: string): readonly string[] {
  const database = join(dataFolder, 'keycloak');
  // prettier-ignore
  return ['start', '--optimized', '--http-enabled=true', '--hostname-strict=false', '--http-host=127.0.0.1',
    `--http-port=${port}`, `--http-management-port=${management}`, '--cache=local', '--log-level=warn',
    `--db-url=jdbc:h2:file:${database};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=0`];
}

function mavenPlace(root: string, env: NodeJS.ProcessEnv): Place {
  return {
    label: `the Maven artifact ${keycloak.group}:${keycloak.name}:${keycloak.version}`,
    async look() {
      const folder = await cached(entry, (target) => prepare(target, env), root);
      return inEntry(folder, entry, keycloak.version, 'Maven');
    },
  };
}

/** Keycloak builds itself for its options once; a server that is built starts in a third of the time. */
async function prepare(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const work = await mkdtemp(join(target, 'zip-'));
  const file = await withProgress(`Fetching Keycloak ${keycloak.version}`, () =>
    fetchArtifact(keycloak, work, env),
  );
  await unzip(file, work);
  for (const part of ['bin', 'conf', 'lib', 'providers', 'themes', 'version.txt']) {
    await rename(join(work, `keycloak-${keycloak.version}`, part), join(target, part));
  }
  await rm(work, { recursive: true });
  await makeExecutable(target, ['bin/kc.sh']);
  await withProgress('Preparing Keycloak', () =>
    runCommand(join(target, 'bin', 'kc.sh'), ['build', '--db=dev-file', `--features=${features}`]),
  );
}
