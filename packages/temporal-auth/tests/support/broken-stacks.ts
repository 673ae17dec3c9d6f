import { daprBackEndErrors, type FakeStackOptions, testCertificates } from '@worker-auth/testing-fakes';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis-context.ts';
import type { DiagnosisScene } from './diagnosis.ts';
import { openDeafPort } from './deaf-port.ts';
import { startRawServer } from './raw-server.ts';

/** For what does not answer: no more than the tests can wait for, and many times what one that answers needs on a busy machine. */
export const shortMs = 3_000;

/** One way in which things go wrong, and what a diagnosis has to make of it. */
export interface BrokenStack {
  readonly trouble: string;
  readonly stack?: FakeStackOptions;
  /** Breaks it; what it starts ends with `started`. */
  readonly broken: (
    scene: DiagnosisScene,
    started: AsyncDisposableStack,
  ) => DiagnoseOptions | Promise<DiagnoseOptions | undefined> | undefined;
  readonly cause: CheckName;
  readonly code: string;
  /** Other failures, which are consequences. Default none. */
  readonly consequences?: readonly CheckName[];
}

const variables = (env: Readonly<Record<string, string>>): DiagnoseOptions => ({ env });
const component = 'deployment-secret-store';
const vaultErrors = daprBackEndErrors['secretstores.hashicorp.vault'];
const httpsOf = (url: string): string => url.replace('http:', 'https:');
const trusted = { serverRootCACertificate: Buffer.from(testCertificates().ca) };

const badSettings: readonly BrokenStack[] = [
  {
    trouble: 'the application has no name',
    broken: () => variables({ ATLAN_APPLICATION_NAME: '' }),
    cause: 'application',
    code: 'TEMPORAL_AUTH_SETTING_REFUSED',
  },
  {
    trouble: 'ATLAN_WORKFLOW_AUTH_ENABLED is neither true nor false',
    broken: () => variables({ ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps' }),
    cause: 'authentication',
    code: 'TEMPORAL_AUTH_SETTING_REFUSED',
  },
  {
    trouble: 'the token endpoint is http on another host',
    broken: () => variables({ ATLAN_WORKFLOW_AUTH_URL: 'http://auth.example/token' }),
    cause: 'token-endpoint-setting',
    code: 'TEMPORAL_AUTH_SETTING_REFUSED',
  },
  {
    trouble: "Temporal's port is none",
    broken: () => variables({ ATLAN_WORKFLOW_PORT: 'grpc' }),
    cause: 'temporal-setting',
    code: 'TEMPORAL_AUTH_SETTING_REFUSED',
  },
  {
    trouble: "the sidecar's address is none",
    broken: () => variables({ DAPR_HTTP_ENDPOINT: 'ftp://sidecar' }),
    cause: 'secret-store-setting',
    code: 'SECRET_STORE_SETTING_INVALID',
  },
];

const badSecretStores: readonly BrokenStack[] = [
  {
    trouble: 'there is no sidecar',
    broken: async ({ stack }) => {
      await stack.dapr.stop();
      return { timeoutMs: shortMs };
    },
    cause: 'sidecar',
    code: 'SECRET_STORE_SIDECAR_UNREACHABLE',
    consequences: ['credentials'],
  },
  {
    trouble: 'the sidecar is starting',
    broken: async ({ stack }) => {
      await stack.dapr.goCold('loading');
      return { timeoutMs: shortMs };
    },
    cause: 'sidecar',
    code: 'SECRET_STORE_SIDECAR_NOT_READY',
    consequences: ['credentials'],
  },
  {
    trouble: 'DAPR_API_TOKEN is not the one of the sidecar',
    stack: { dapr: { apiToken: 'sesame' } },
    broken: () => variables({ DAPR_API_TOKEN: 'mellon' }),
    cause: 'component',
    code: 'SECRET_STORE_API_TOKEN_REJECTED',
    consequences: ['credentials'],
  },
  {
    trouble: 'no secret store component is loaded',
    broken: ({ stack }) => {
      stack.dapr.components = [];
      return undefined;
    },
    cause: 'component',
    code: 'SECRET_STORE_NO_COMPONENT',
    consequences: ['credentials'],
  },
  {
    trouble: 'there are several components, of other names',
    broken: ({ stack }) => {
      const type = 'secretstores.hashicorp.vault';
      stack.dapr.components = ['one', 'two'].map((name) => ({ name, type, secrets: {} }));
      return undefined;
    },
    cause: 'component',
    code: 'SECRET_STORE_AMBIGUOUS_COMPONENT',
    consequences: ['credentials'],
  },
  {
    trouble: 'there is no secret',
    broken: ({ stack }) => {
      stack.dapr.setSecrets(component, {});
      return undefined;
    },
    cause: 'secret',
    code: 'SECRET_STORE_SECRET_NOT_FOUND',
    consequences: ['credentials'],
  },
  {
    trouble: 'the sidecar may not read the secret',
    broken: ({ stack }) => {
      stack.dapr.breakComponent(component, vaultErrors.denied);
      return undefined;
    },
    cause: 'secret',
    code: 'SECRET_STORE_ACCESS_DENIED',
    consequences: ['credentials'],
  },
  {
    trouble: 'the back end is away',
    broken: ({ stack }) => {
      stack.dapr.breakComponent(component, vaultErrors.unreachable);
      return undefined;
    },
    cause: 'secret',
    code: 'SECRET_STORE_BACKEND_FAILED',
    consequences: ['credentials'],
  },
  {
    trouble: 'the keys in the secret are of another application',
    broken: () => variables({ ATLAN_APPLICATION_NAME: 'query-intelligence' }),
    cause: 'credentials',
    code: 'SECRET_STORE_CREDENTIALS_NOT_FOUND',
  },
  {
    trouble: 'the environment has half a pair',
    broken: () => variables({ ATLAN_postgres_extraction_client_id: 'worker' }),
    cause: 'credentials',
    code: 'SECRET_STORE_CREDENTIALS_INCOMPLETE',
  },
];

const badEndpoints: readonly BrokenStack[] = [
  {
    trouble: 'nothing says where the token endpoint is',
    broken: () => variables({ ATLAN_WORKFLOW_AUTH_URL: '' }),
    cause: 'endpoint-address',
    code: 'TOKEN_ENDPOINT_UNKNOWN',
  },
  {
    trouble: "the token endpoint's name is unknown",
    broken: () => variables({ ATLAN_WORKFLOW_AUTH_URL: 'https://nowhere.invalid/token' }),
    cause: 'endpoint-dns',
    code: 'DOCTOR_NAME_UNKNOWN',
    consequences: ['endpoint-status', 'token-request'],
  },
  {
    trouble: 'the OAuth server is down',
    broken: async ({ stack }) => {
      await stack.oauth.stop();
      return undefined;
    },
    cause: 'endpoint-tcp',
    code: 'DOCTOR_CONNECTION_FAILED',
    consequences: ['endpoint-status', 'token-request'],
  },
  {
    trouble: 'a firewall drops what goes to the token endpoint',
    broken: async (_scene, started) => {
      const { port } = started.use(await openDeafPort());
      return {
        ...variables({ ATLAN_WORKFLOW_AUTH_URL: `http://127.0.0.1:${port}/token` }),
        timeoutMs: shortMs,
      };
    },
    cause: 'endpoint-tcp',
    code: 'DOCTOR_CONNECTION_TIMED_OUT',
    consequences: ['endpoint-status', 'token-request'],
  },
  {
    trouble: "the token endpoint's authority is not trusted",
    stack: { oauth: { tls: true } },
    broken: () => undefined,
    cause: 'endpoint-tls',
    code: 'DOCTOR_CERTIFICATE_UNTRUSTED',
    consequences: ['endpoint-status', 'token-request'],
  },
  {
    trouble: 'the token endpoint speaks plaintext',
    broken: ({ stack }) => variables({ ATLAN_WORKFLOW_AUTH_URL: httpsOf(stack.oauth.tokenUrl) }),
    cause: 'endpoint-tls',
    code: 'DOCTOR_TLS_HANDSHAKE_FAILED',
    consequences: ['endpoint-status', 'token-request'],
  },
  ...(
    [
      ['never answers', 'neverAnswers', 'TOKEN_REQUEST_TIMED_OUT'],
      ['answers 503', 'unavailable503', 'TOKEN_ENDPOINT_UNAVAILABLE'],
      ['asks for fewer requests', 'throttled429', 'TOKEN_REQUEST_THROTTLED'],
      ['is a page to sign in', 'html200', 'TOKEN_RESPONSE_INVALID'],
      ['redirects', 'redirect307', 'TOKEN_REQUEST_REDIRECTED'],
    ] as const
  ).map(([does, fault, code]): BrokenStack => ({
    trouble: `the token endpoint ${does}`,
    broken: ({ stack }) => {
      stack.oauth.failWith(fault);
      return { timeoutMs: shortMs };
    },
    ...{ cause: 'endpoint-status', code, consequences: ['token-request'] },
  })),
  {
    trouble: 'there is no token endpoint at the path',
    broken: ({ stack }) => variables({ ATLAN_WORKFLOW_AUTH_URL: `${stack.oauth.tokenUrl}/v2` }),
    cause: 'endpoint-status',
    code: 'TOKEN_REQUEST_REFUSED',
    consequences: ['token-request'],
  },
];

const badTokens: readonly BrokenStack[] = [
  {
    trouble: 'the client secret was rotated at the OAuth server alone',
    broken: ({ stack }) => {
      stack.oauth.rotateClientSecret();
      return undefined;
    },
    cause: 'token-request',
    code: 'TOKEN_CLIENT_REJECTED',
  },
  {
    trouble: 'the client may not have the audience',
    broken: ({ stack }) => {
      stack.oauth.failWith('forbidden403');
      return undefined;
    },
    cause: 'token-request',
    code: 'TOKEN_REQUEST_DENIED',
  },
  {
    trouble: 'the scope is unknown',
    broken: ({ stack }) => {
      stack.oauth.failWith('invalidScope');
      return undefined;
    },
    cause: 'token-request',
    code: 'TOKEN_REQUEST_REFUSED',
  },
  {
    trouble: 'the token may only read',
    broken: ({ stack }) => {
      stack.oauth.permissions = ['default:read'];
      return undefined;
    },
    cause: 'token-permission',
    code: 'DOCTOR_PERMISSION_MISSING',
    consequences: ['temporal-write'],
  },
  {
    trouble: 'the token is for another namespace',
    broken: ({ stack }) => {
      stack.oauth.permissions = ['elsewhere:write'];
      return undefined;
    },
    cause: 'token-permission',
    code: 'DOCTOR_PERMISSION_MISSING',
    consequences: ['temporal-namespace'],
  },
];

const badTemporals: readonly BrokenStack[] = [
  {
    trouble: 'Temporal is down',
    broken: async ({ stack }) => {
      await stack.frontend?.stop();
      return undefined;
    },
    cause: 'temporal-tcp',
    code: 'DOCTOR_CONNECTION_FAILED',
  },
  {
    trouble: "Temporal's name is unknown",
    broken: () => variables({ ATLAN_WORKFLOW_HOST: 'nowhere.invalid' }),
    cause: 'temporal-dns',
    code: 'DOCTOR_NAME_UNKNOWN',
  },
  {
    trouble: 'TLS is on at Temporal alone',
    stack: { frontend: { tls: true } },
    broken: () => undefined,
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_TLS_FAILED',
  },
  {
    trouble: 'TLS is on here alone',
    broken: () => ({ tls: true }),
    cause: 'temporal-tls',
    code: 'DOCTOR_TLS_HANDSHAKE_FAILED',
    consequences: ['temporal-system-info'],
  },
  {
    trouble: "Temporal's authority is not trusted",
    stack: { frontend: { tls: true } },
    broken: () => ({ tls: true }),
    cause: 'temporal-tls',
    code: 'DOCTOR_CERTIFICATE_UNTRUSTED',
    consequences: ['temporal-system-info'],
  },
  {
    trouble: "Temporal's certificate is for another name",
    stack: { frontend: { tls: true } },
    broken: () => ({ tls: { ...trusted, serverNameOverride: 'temporal.example' } }),
    cause: 'temporal-tls',
    code: 'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
    consequences: ['temporal-system-info'],
  },
  {
    trouble: 'what listens there is a web server',
    broken: async (_scene, started) => {
      const { port } = started.use(await startRawServer('http1'));
      return variables({ ATLAN_WORKFLOW_PORT: String(port) });
    },
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
  },
  {
    trouble: 'Temporal does not know the key that signed the token',
    broken: ({ stack }) => {
      stack.oauth.rotateSigningKey({ publish: false });
      return undefined;
    },
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_CALL_REFUSED',
  },
  {
    trouble: 'a proxy before Temporal wants another audience',
    stack: { frontend: { speaks: 'envoy', audience: 'temporal' }, oauth: { audience: 'elsewhere' } },
    broken: () => undefined,
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_CALL_REFUSED',
  },
  {
    trouble: 'an ingress that knows no gRPC refuses',
    broken: ({ stack }) => {
      stack.frontend?.failWith('html401');
      return undefined;
    },
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_CALL_REFUSED',
  },
  {
    trouble: 'Temporal never answers',
    broken: ({ stack }) => {
      stack.frontend?.failWith('neverAnswers');
      return { timeoutMs: shortMs };
    },
    cause: 'temporal-system-info',
    code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
  },
  {
    trouble: 'there is no such namespace',
    stack: { oauth: { permissions: ['elsewhere:write'] } },
    broken: () => variables({ ATLAN_WORKFLOW_NAMESPACE: 'elsewhere' }),
    cause: 'temporal-namespace',
    code: 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN',
  },
];

/** Each failure of the source document's chapter on troubleshooting and of its table of errors, and more. */
export const brokenStacks: readonly BrokenStack[] = [
  ...badSettings,
  ...badSecretStores,
  ...badEndpoints,
  ...badTokens,
  ...badTemporals,
];
