import {
  type Stack,
  startAuthorizingTemporal,
  startDaprd,
  startMutualTlsTemporal,
} from '@worker-auth/servers';
import { assertion, type Check, type DiagnoseOptions } from '@worker-auth/temporal-auth';
import {
  MockOAuthServer,
  SigningKey,
  TestCertificateFolder,
  testCertificates,
  testClientCertificate,
} from '@worker-auth/testing-fakes';
import { componentFile } from '../fixtures/component-file.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** One way in which a deployment goes wrong, and what the doctor has to make of it. */
export interface Trouble {
  readonly trouble: string;
  /** Brings it about; what it starts ends with `started`. */
  readonly broken: (
    stack: Stack,
    started: AsyncDisposableStack,
  ) => DiagnoseOptions | Promise<DiagnoseOptions>;
  readonly cause: Check['name'];
  readonly code: string;
  /** Of the reason: the fix, or what it is about. */
  readonly fix: RegExp;
}

const variables = (env: Readonly<Record<string, string>>): DiagnoseOptions => ({ env });

/** Credentials that win over those in the vault. */
const credentials = (clientId: string, clientSecret: string): DiagnoseOptions =>
  variables({ ATLAN_e2e_worker_client_id: clientId, ATLAN_e2e_worker_client_secret: clientSecret });

/** A client of the realm, whose tokens have these permissions. */
async function clientWith(
  { keycloak }: Stack,
  clientId: string,
  permissions: readonly string[],
): Promise<DiagnoseOptions> {
  const client = await keycloak.createClient({ clientId, permissions, lifespanSeconds: 300 });
  return credentials(client.clientId, client.clientSecret);
}

/** Another sidecar: without a component, or with one whose Vault token is wrong. */
async function sidecarWith(started: AsyncDisposableStack, component?: string): Promise<DiagnoseOptions> {
  const folder = started.use(await temporaryFolder());
  if (component !== undefined) await folder.write('deployment-secret-store.yaml', component);
  const { port } = started.use(await startDaprd({ componentsPath: folder.path, apiToken: 'sesame' }));
  return variables({ DAPR_HTTP_PORT: String(port), DAPR_API_TOKEN: 'sesame' });
}

/** Those in which a real server has its say; `set-ups.spec.ts` of temporal-auth has the others. */
export const troubles: readonly Trouble[] = [
  {
    trouble: 'the port of the sidecar is that of another HTTP server',
    broken: ({ keycloak }) => variables({ DAPR_HTTP_ENDPOINT: new URL(keycloak.tokenUrl).origin }),
    ...{ cause: 'secret', code: 'DOCTOR_NO_SIDECAR', fix: /is no Dapr sidecar \(it answers 404\)/ },
  },
  {
    trouble: 'the port of the sidecar is one for gRPC',
    broken: ({ daprd }) => variables({ DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${daprd.grpcPort}` }),
    ...{ cause: 'secret', code: 'DOCTOR_NO_SIDECAR', fix: /it speaks no HTTP, as the port for gRPC/ },
  },
  {
    trouble: 'No secret store components found',
    broken: (_stack, started) => sidecarWith(started),
    ...{ cause: 'secret', code: 'SECRET_STORE_NO_COMPONENT', fix: /starts with "secretstores\."/ },
  },
  {
    trouble: "the sidecar's API token is missing",
    broken: async (_stack, started) => ({ env: { ...(await sidecarWith(started)).env, DAPR_API_TOKEN: '' } }),
    ...{ cause: 'secret', code: 'SECRET_STORE_API_TOKEN_REJECTED', fix: /Set DAPR_API_TOKEN/ },
  },
  {
    trouble: 'Failed to fetch secret using component: the vault lets the sidecar read nothing',
    broken: async ({ openBao }: Stack, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
      const folder = started.use(await temporaryFolder());
      const vaultTokenMountPath = await folder.write('vault-token', 'wrong');
      const component = await componentFile('hashicorp-vault', {
        vaultAddr: openBao.url,
        vaultTokenMountPath,
      });
      return sidecarWith(started, component);
    },
    ...{ cause: 'secret', code: 'SECRET_STORE_ACCESS_DENIED', fix: /read on the secret's path/ },
  },
  {
    trouble: 'no secret of the name',
    broken: () => variables({ WORKER_AUTH_SECRET_NAME: 'other-secrets' }),
    ...{ cause: 'secret', code: 'SECRET_STORE_SECRET_NOT_FOUND', fix: /WORKER_AUTH_SECRET_NAME/ },
  },
  {
    trouble: 'Token refresh failures: the client secret is wrong',
    broken: ({ client }) => credentials(client.clientId, 'wrong'),
    ...{ cause: 'token-request', code: 'TOKEN_CLIENT_REJECTED', fix: /Check the client id and secret/ },
  },
  {
    trouble: 'a client that the OAuth server does not know',
    broken: () => credentials('nobody', 'wrong'),
    ...{ cause: 'token-request', code: 'TOKEN_CLIENT_REJECTED', fix: /Check the client id and secret/ },
  },
  {
    trouble: 'a client whose service accounts are switched off',
    broken: async ({ keycloak }: Stack): Promise<DiagnoseOptions> => {
      const clientId = 'without-service-accounts';
      const client = await keycloak.createClient({ clientId, serviceAccounts: false });
      return credentials(clientId, client.clientSecret);
    },
    ...{
      cause: 'token-request',
      code: 'TOKEN_CLIENT_REJECTED',
      fix: /service account.* Allow the client the client credentials grant/,
    },
  },
  {
    trouble: 'a key that is not registered with the client',
    broken: async ({ keycloak }: Stack): Promise<DiagnoseOptions> => {
      const realm = await keycloak.createRealm('unregistered');
      const [id, key] = ['signing-worker', new SigningKey('ES256')];
      await realm.createSigningClient(id, { keys: [new SigningKey('ES256').publicJwk] });
      const { issuer } = realm;
      const signed = () =>
        key.signJwt({
          ...{ iss: id, sub: id, aud: issuer, jti: crypto.randomUUID() },
          exp: Math.floor(Date.now() / 1_000) + 60,
        });
      return { credentials: assertion(signed, { id, issuer }) };
    },
    ...{ cause: 'token-request', code: 'TOKEN_CLIENT_REJECTED', fix: /Register the public key/ },
  },
  {
    trouble: 'a scope that the OAuth server does not know',
    broken: () => variables({ WORKER_AUTH_SCOPE: 'no-such-scope' }),
    ...{ cause: 'token-request', code: 'TOKEN_REQUEST_REJECTED', fix: /scope/ },
  },
  {
    trouble: 'a wrong path of the token endpoint',
    broken: ({ keycloak }) => variables({ WORKER_AUTH_TOKEN_URL: `${keycloak.tokenUrl}s` }),
    ...{ cause: 'token-request', code: 'TOKEN_RESPONSE_INVALID', fix: /no token endpoint at this path/ },
  },
  {
    trouble: 'https to a token endpoint that speaks plaintext',
    broken: ({ keycloak }) =>
      variables({ WORKER_AUTH_TOKEN_URL: keycloak.tokenUrl.replace('http:', 'https:') }),
    ...{ cause: 'endpoint-connection', code: 'DOCTOR_TLS_HANDSHAKE_FAILED', fix: /speaks plaintext/ },
  },
  {
    trouble: 'a token that may only read',
    broken: (stack) => clientWith(stack, 'reader', ['default:read']),
    ...{ cause: 'token-permission', code: 'DOCTOR_PERMISSION_MISSING', fix: /needs "default:write"/ },
  },
  {
    trouble: 'a namespace that Temporal does not have',
    broken: async (stack: Stack): Promise<DiagnoseOptions> => {
      const { env } = await clientWith(stack, 'nowhere', ['nowhere:write']);
      return { env: { ...env, TEMPORAL_NAMESPACE: 'nowhere' } };
    },
    ...{ cause: 'temporal-namespace', code: 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN', fix: /Create it/ },
  },
  {
    trouble: 'gRPC connection failures: what listens there is a web server',
    broken: ({ openBao }) => variables({ TEMPORAL_ADDRESS: new URL(openBao.url).host }),
    ...{
      cause: 'temporal-namespace',
      code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
      fix: /Check TEMPORAL_ADDRESS/,
    },
  },
  {
    trouble: "Temporal's port is that of another gRPC server",
    broken: ({ daprd }) => variables({ TEMPORAL_ADDRESS: `127.0.0.1:${daprd.grpcPort}` }),
    ...{ cause: 'temporal-namespace', code: 'DOCTOR_NO_TEMPORAL', fix: /is no Temporal/ },
  },
  {
    trouble: 'TLS to a Temporal that speaks plaintext',
    broken: () => ({ tls: true }),
    ...{ cause: 'temporal-connection', code: 'DOCTOR_TLS_HANDSHAKE_FAILED', fix: /speaks plaintext/ },
  },
  {
    trouble: 'a client certificate of an authority that Temporal does not know',
    broken: async (_stack: Stack, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
      const folder = started.use(await TestCertificateFolder.create());
      const { ca, cert, key } = testCertificates();
      await folder.write({ ca, cert, key });
      const { certFile, keyFile, caFile: clientCaFile } = folder.files;
      const temporal = started.use(await startMutualTlsTemporal({ certFile, keyFile, clientCaFile }));
      const unknown = testClientCertificate({ selfSigned: true });
      const clientCertPair = { crt: Buffer.from(unknown.cert), key: Buffer.from(unknown.key) };
      const tls = { serverRootCACertificate: Buffer.from(ca), clientCertPair };
      return { tls, env: { TEMPORAL_ADDRESS: `localhost:${temporal.port}` } };
    },
    ...{
      cause: 'temporal-connection',
      code: 'DOCTOR_TLS_HANDSHAKE_FAILED',
      fix: /does not trust the authority of the client certificate.* Have that authority trusted/,
    },
  },
  {
    trouble: 'a Temporal that trusts the keys of another OAuth server',
    broken: async (_stack: Stack, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
      const other = started.use(await MockOAuthServer.start());
      const { address } = started.use(await startAuthorizingTemporal({ jwksUrl: other.jwksUrl }));
      return variables({ TEMPORAL_ADDRESS: address });
    },
    ...{
      cause: 'temporal-namespace',
      code: 'TEMPORAL_AUTH_CALL_REJECTED',
      fix: /signed by a key that the server trusts/,
    },
  },
  {
    // The last: it stays away.
    trouble: 'Failed to fetch secret using component: the vault is down',
    broken: async ({ openBao }: Stack): Promise<DiagnoseOptions> => {
      await openBao.stop();
      return {};
    },
    ...{ cause: 'secret', code: 'SECRET_STORE_BACKEND_FAILED', fix: /ERR_SECRET_GET/ },
  },
];
