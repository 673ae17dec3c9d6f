import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daprd, startDaprd } from './daprd.ts';
import { type Keycloak, startKeycloak } from './keycloak.ts';
import type { KeycloakClient } from './keycloak-realm.ts';
import { defaultNames, type Names, nameVariables } from './names.ts';
import { type OpenBao, startOpenBao } from './openbao.ts';
import { type AuthorizingTemporal, startAuthorizingTemporal } from './temporal.ts';

const namespace = 'default';

/** Settings of {@link startStack}. */
export interface StackOptions extends Partial<Names> {
  /** How long an access token lives, in seconds. Default 60. */
  readonly lifespanSeconds?: number;
  /** Makes the sidecar's component file, in YAML. Default: a HashiCorp Vault component with what it needs and no more. */
  readonly component?: (openBao: OpenBao, name: string) => string | Promise<string>;
  /** Keeps Temporal's workflows in a file in this folder, so that they outlive its restart. Default: in memory. */
  readonly dataFolder?: string;
}

/** The whole path of a deployment: identity provider, vault, sidecar, and a Temporal that checks tokens. */
export interface Stack extends AsyncDisposable {
  readonly keycloak: Keycloak;
  readonly openBao: OpenBao;
  readonly daprd: Daprd;
  readonly temporal: AuthorizingTemporal;
  /** The application's client in Keycloak. */
  readonly client: KeycloakClient;
  /** What an application on this stack has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes other credentials to OpenBao, as a rotation does. */
  writeCredentials(credentials: KeycloakClient): Promise<void>;
}

/** Starts all of it; when one part fails, the parts before it are ended. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const names = { ...defaultNames, ...options };
  const { applicationName, componentName, secretName } = names;
  await using started = new AsyncDisposableStack();
  const [keycloak, openBao] = await Promise.all([
    startKeycloak().then((server) => started.use(server)),
    startOpenBao().then((server) => started.use(server)),
  ]);
  const client = await keycloak.createClient({
    clientId: `${applicationName}-worker`,
    lifespanSeconds: options.lifespanSeconds ?? 60,
    permissions: [`${namespace}:write`],
  });
  const writeCredentials = ({ clientId, clientSecret }: KeycloakClient): Promise<void> => {
    const key = applicationName.toLowerCase().replaceAll('-', '_');
    const fields = { [`${key}_client_id`]: clientId, [`${key}_client_secret`]: clientSecret };
    return openBao.writeSecret(`dapr/${secretName}`, fields);
  };
  await writeCredentials(client);
  const components = await mkdtemp(join(tmpdir(), 'components-'));
  started.defer(() => rm(components, { recursive: true, force: true }));
  const component = await (options.component ?? vaultComponent)(openBao, componentName);
  await writeFile(join(components, `${componentName}.yaml`), component);
  const daprd = started.use(await startDaprd({ componentsPath: components }));
  const temporal = started.use(
    await startAuthorizingTemporal({
      jwksUrl: keycloak.jwksUrl,
      namespace,
      ui: true,
      ...(options.dataFolder !== undefined && { dataFolder: options.dataFolder }),
    }),
  );
  const owned = started.move();
  return {
    keycloak,
    openBao,
    daprd,
    temporal,
    client,
    env: { ...nameVariables(names), ...environment({ keycloak, daprd, temporal }) },
    writeCredentials,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function environment(servers: Pick<Stack, 'keycloak' | 'daprd' | 'temporal'>): Record<string, string> {
  return {
    WORKER_AUTH_ENABLED: 'true',
    WORKER_AUTH_TOKEN_URL: servers.keycloak.tokenUrl,
    TEMPORAL_ADDRESS: servers.temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    DAPR_HTTP_PORT: String(servers.daprd.port),
    DAPR_GRPC_PORT: String(servers.daprd.grpcPort),
  };
}

/** https://docs.dapr.io/reference/components-reference/supported-secret-stores/hashicorp-vault */
function vaultComponent(vault: OpenBao, name: string): string {
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: secretstores.hashicorp.vault
  version: v1
  metadata:
    - name: vaultAddr
      value: ${vault.url}
    - name: vaultToken
      value: ${vault.token}
`;
}
