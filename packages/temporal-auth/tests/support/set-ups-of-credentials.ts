import { createServer as createHttp2 } from 'node:http2';
import { daprBackEndErrors, plantSecret } from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { answering, listen, setUp, type SetUp, variables } from './set-up.ts';

const rejected = 'TEMPORAL_AUTH_SETTING_REJECTED';
const component = 'deployment-secret-store';
const prefix = 'ATLAN_postgres_extraction_client_';
const vaultErrors = daprBackEndErrors['secretstores.hashicorp.vault'];
const correct = /^Correct it/;

const pair = (id: string, secret: string): DiagnoseOptions =>
  variables({ [`${prefix}id`]: id, [`${prefix}secret`]: secret });

const noSidecar = ['secret', 'DOCTOR_NO_SIDECAR'] as const;
const portOfDapr = /^Set DAPR_HTTP_PORT or DAPR_HTTP_ENDPOINT to its HTTP port\.$/;

const sidecars: readonly SetUp[] = [
  setUp(
    'there is no sidecar',
    ['secret', 'SECRET_STORE_SIDECAR_UNREACHABLE'],
    [
      /^No response from .*127\.0\.0\.1:\d+.*ECONNREFUSED/,
      /^Start the Dapr sidecar, or set DAPR_HTTP_ENDPOINT/,
    ],
    async ({ stack }) => {
      await stack.dapr.stop();
    },
    { isLate: true },
  ),
  setUp(
    'the sidecar is starting',
    ['secret', 'SECRET_STORE_SIDECAR_NOT_READY'],
    [/^The sidecar at .* is starting: its components are not loaded\.$/, /^See its log/],
    async ({ stack }) => {
      await stack.dapr.goCold('loading');
    },
    { isLate: true },
  ),
  setUp(
    'the port of Dapr is that of another HTTP server',
    noSidecar,
    [/^What answers at http:\/\/127\.0\.0\.1:\d+ is no Dapr sidecar \(it answers 404\)\.$/, portOfDapr],
    async (_scene, started) =>
      variables({ DAPR_HTTP_ENDPOINT: await answering(started, (to) => to.writeHead(404).end('<html>')) }),
  ),
  setUp(
    'the port of Dapr is that for gRPC',
    noSidecar,
    [/is no Dapr sidecar \(it speaks no HTTP, as the port for gRPC\)\.$/, portOfDapr],
    async (_scene, started) =>
      variables({ DAPR_HTTP_ENDPOINT: `http://127.0.0.1:${await listen(started, createHttp2())}` }),
    { isLate: true },
  ),
  ...(
    [
      [403, ['secret', 'SECRET_STORE_API_TOKEN_REJECTED'], /answered with status 403/, /DAPR_API_TOKEN/],
      [503, ['secret', 'SECRET_STORE_SIDECAR_NOT_READY'], /is starting/, /log/],
    ] as const
  ).map(([status, found, cause, remedy]) =>
    setUp(
      `something before the sidecar answers ${status}, which is no reason to look for another`,
      found,
      [cause, remedy],
      async (_scene, started) =>
        variables({
          DAPR_HTTP_ENDPOINT: await answering(started, (to) => to.writeHead(status).end('RBAC')),
        }),
      { isLate: true },
    ),
  ),
  setUp(
    'DAPR_API_TOKEN is not the one of the sidecar',
    ['secret', 'SECRET_STORE_API_TOKEN_REJECTED'],
    [/401/, /^Set DAPR_API_TOKEN to the token of the sidecar\.$/],
    variables({ DAPR_API_TOKEN: 'mellon' }),
    { stack: { dapr: { apiToken: 'sesame' } } },
  ),
  setUp(
    'no secret store component is loaded',
    ['secret', 'SECRET_STORE_NO_COMPONENT'],
    [/^No secret store components found\.$/, /^Load a component of a type that starts with "secretstores\."/],
    ({ stack }) => {
      stack.dapr.components = [];
    },
  ),
  setUp(
    'there are several components, of other names',
    ['secret', 'SECRET_STORE_AMBIGUOUS_COMPONENT'],
    [
      /no secret store component "deployment-secret-store", and several others: "one", "two"/,
      /^Set WORKER_AUTH_SECRET_COMPONENT/,
    ],
    ({ stack }) => {
      const type = 'secretstores.hashicorp.vault';
      stack.dapr.components = ['one', 'two'].map((name) => ({ name, type, secrets: {} }));
    },
  ),
  setUp(
    'the component is misspelt, and the only other has the secret',
    ['secret', 'SECRET_STORE_COMPONENT_NOT_FOUND'],
    [
      /^The sidecar has no component "deployment-secretstore", which is set: "deployment-secret-store", the only other, is read/,
      /^Set WORKER_AUTH_SECRET_COMPONENT=deployment-secret-store/,
    ],
    variables({ ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secretstore' }),
    { result: 'warning' },
  ),
  setUp(
    'the component is misspelt, and the only other has no such secret',
    ['secret', 'SECRET_STORE_COMPONENT_NOT_FOUND'],
    [
      /^The sidecar has no component "deployment-secretstore", which is set: "one", the only other/,
      /load the component "deployment-secretstore"/,
    ],
    ({ stack }) => {
      stack.dapr.components = [{ name: 'one', type: 'secretstores.hashicorp.vault', secrets: {} }];
      return variables({ ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secretstore' });
    },
  ),
  setUp(
    'the only component has another name, and no such secret',
    ['secret', 'SECRET_STORE_SECRET_NOT_FOUND'],
    [/^The component "one" has no secret "atlan-deployment-secrets"\.$/, /^Create it, or set/],
    ({ stack }) => {
      stack.dapr.components = [{ name: 'one', type: 'secretstores.hashicorp.vault', secrets: {} }];
    },
  ),
];

const missing = ['credentials', 'SECRET_STORE_CREDENTIALS_NOT_FOUND'] as const;
const half = ['credentials', 'SECRET_STORE_CREDENTIALS_INCOMPLETE'] as const;

const credentials: readonly SetUp[] = [
  setUp(
    'there is no secret',
    ['secret', 'SECRET_STORE_SECRET_NOT_FOUND'],
    [
      /^The component "deployment-secret-store" has no secret "atlan-deployment-secrets"\.$/,
      /^Create it, or set/,
    ],
    ({ stack }) => {
      stack.dapr.setSecrets(component, {});
    },
  ),
  setUp(
    'the sidecar may not read the secret',
    ['secret', 'SECRET_STORE_ACCESS_DENIED'],
    [/permission denied/, /^Give the token a policy with read on the secret/],
    ({ stack }) => {
      stack.dapr.breakComponent(component, vaultErrors.denied);
    },
  ),
  setUp(
    'the back end is away',
    ['secret', 'SECRET_STORE_BACKEND_FAILED'],
    [/ERR_SECRET_GET/, /./],
    ({ stack }) => {
      stack.dapr.breakComponent(component, vaultErrors.unreachable);
    },
  ),
  setUp(
    'the keys in the secret are of another application',
    missing,
    [
      /^OAuth2 credentials not found for application "query-intelligence"\.$/,
      /give the secret "atlan-deployment-secrets" the keys "query_intelligence_client_id"/,
    ],
    variables({ ATLAN_APPLICATION_NAME: 'query-intelligence' }),
    { evidence: /has the keys .*postgres_extraction_client_id/ },
  ),
  setUp(
    'the environment has half a pair',
    half,
    [
      /^OAuth2 credentials are incomplete: .* has ATLAN_postgres_extraction_client_id but no ATLAN_postgres_extraction_client_secret\.$/,
      /^Set both/,
    ],
    variables({ [`${prefix}id`]: 'worker' }),
  ),
  setUp(
    'the secret in the environment is empty',
    half,
    [
      /^ATLAN_postgres_extraction_client_secret is empty: OAuth2 credentials are incomplete/,
      /^Set it, or check the Secret/,
    ],
    variables({ [`${prefix}id`]: 'worker', [`${prefix}secret`]: '' }),
  ),
  setUp(
    'the variables have hyphens as the name of the application has',
    missing,
    [
      /^OAuth2 credentials not found/,
      /^Write ATLAN_postgres-extraction_client_id with underscores: ATLAN_postgres_extraction_client_id\.$/,
    ],
    ({ stack }) => {
      stack.dapr.setSecrets(component, { 'atlan-deployment-secrets': { other: 'x' } });
      const hyphens = 'ATLAN_postgres-extraction_client_';
      return variables({ [`${hyphens}id`]: 'worker', [`${hyphens}secret`]: plantSecret() });
    },
  ),
  setUp(
    'the client secret is in a file that does not exist',
    ['credentials', rejected],
    [/^WORKER_AUTH_CLIENT_SECRET_FILE names \/nowhere\/secret, which cannot be read \(ENOENT\)\.$/, correct],
    variables({ WORKER_AUTH_CLIENT_ID: 'worker', WORKER_AUTH_CLIENT_SECRET_FILE: '/nowhere/secret' }),
  ),
  setUp(
    'there is a client id alone',
    ['credentials-setting', rejected],
    [
      /^OAuth2 credentials are incomplete: WORKER_AUTH_CLIENT_ID is set, without a secret/,
      /^Set WORKER_AUTH_CLIENT_SECRET/,
    ],
    variables({ WORKER_AUTH_CLIENT_ID: 'worker' }),
  ),
  ...(
    [
      ['ends with a newline', (secret: string) => `${secret}\n`, /has a newline at its end/, /printf/],
      ['is in quotes', (secret: string) => `"${secret}"`, /is in quotes/, /without the quotes/],
      ['is a reference', () => '$(CLIENT_SECRET)', /is a reference that nothing replaced/, /Define/],
      ['is a placeholder', () => 'REPLACE-WITH-THE-CLIENT-SECRET', /is a placeholder/, /Put the real value/],
      [
        'was encoded twice',
        (secret: string) => Buffer.from(secret).toString('base64'),
        /is base64 of text/,
        /Store the decoded value/,
      ],
    ] as const
  ).map(([what, made, cause, remedy]) =>
    setUp(
      `the client secret ${what}`,
      ['token-request', 'TOKEN_CLIENT_REJECTED'],
      [new RegExp(`^The client secret ${cause.source}\\. The token endpoint \\S+ answered 40`), remedy],
      ({ stack }) => pair('worker', made(stack.oauth.clientSecret)),
    ),
  ),
  setUp(
    'there is a space after the id',
    ['token-request', 'TOKEN_CLIENT_REJECTED'],
    [
      /^The client id has white space around it\. The token endpoint \S+ answered 40/,
      /^Store the value without it\.$/,
    ],
    ({ stack }) => pair('worker ', stack.oauth.clientSecret),
  ),
];

/** What is wrong with the credentials, and on the way to them. */
export const setUpsOfCredentials: readonly SetUp[] = [...sidecars, ...credentials];
