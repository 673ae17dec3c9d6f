import { type FakeStackOptions, SigningKey } from '@worker-auth/testing-fakes';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisScene } from './diagnosis.ts';
import { file, setUp, type SetUp, variables } from './set-up.ts';

const callRejected = ['temporal-namespace', 'TEMPORAL_AUTH_CALL_REJECTED'] as const;
const key = new SigningKey('ES256');
const signing: FakeStackOptions = {
  oauth: { clients: [{ clientId: 'worker', jwks: { keys: [key.publicJwk] } }] },
};
const clientRejected = ['token-request', 'TOKEN_CLIENT_REJECTED'] as const;

/** A client with an assertion in a file. */
function asserting(
  title: string,
  claims: Readonly<Record<string, unknown>>,
  lines: readonly [RegExp, RegExp],
  envOf = (path: string): Readonly<Record<string, string>> => ({
    ATLAN_postgres_extraction_client_id: 'worker',
    ATLAN_postgres_extraction_client_assertion_file: path,
  }),
): SetUp {
  const make = async ({ stack }: DiagnosisScene, started: AsyncDisposableStack): Promise<DiagnoseOptions> => {
    const exp = Math.floor(Date.now() / 1_000) + 300;
    const usual = { iss: 'worker', sub: 'worker', aud: stack.oauth.issuer, exp };
    return { env: envOf(await file(started, key.signJwt({ ...usual, ...claims }))) };
  };
  return setUp(title, clientRejected, lines, make, {
    stack: signing,
    evidence: /^assertion from .*, file \/.*\/file\niss "/,
  });
}

const tokens: readonly SetUp[] = [
  setUp(
    'the client secret was rotated at the OAuth server alone',
    clientRejected,
    [/^The token endpoint \S+ answered 401 invalid_client/, /^Check the client id and secret/],
    ({ stack }) => {
      stack.oauth.rotateClientSecret();
    },
  ),
  setUp(
    'id and secret are swapped',
    clientRejected,
    [/^The client id looks like a secret, and the secret like an id\./, /^Swap them\.$/],
    variables({
      ATLAN_postgres_extraction_client_id: 'aB3dE6gH9kL2nP5rS8uW1yZ4',
      ATLAN_postgres_extraction_client_secret: 'worker',
    }),
  ),
  asserting('the assertion is over', { exp: Math.floor(Date.now() / 1_000) - 300 }, [
    /^The assertion ended \(exp\) \d+ s ago\. The token endpoint \S+ answered/,
    /^Have its file refreshed\.$/,
  ]),
  asserting('the assertion is for another audience', { aud: 'https://other.example' }, [
    /^The assertion is for aud "https:\/\/other\.example", and not for http:\/\/127\.0\.0\.1:\d+\/token or its issuer\./,
    /^Have it issued for the audience http:\/\/127/,
  ]),
  asserting('the assertion is of another subject', { iss: 'other', sub: 'other' }, [
    /^The assertion has sub "other", which is not the client id\./,
    /^Have it issued for the client id/,
  ]),
  asserting(
    'the pod has the Azure identity of another application',
    { sub: 'system:serviceaccount:orders:other' },
    [
      /^The assertion is that of the pod's Azure identity/,
      /^Set ATLAN_postgres_extraction_client_id and the rest/,
    ],
    (path) => ({ AZURE_CLIENT_ID: 'other', AZURE_TENANT_ID: 'tenant', AZURE_FEDERATED_TOKEN_FILE: path }),
  ),
  setUp(
    'the client may not have the audience',
    ['token-request', 'TOKEN_REQUEST_DENIED'],
    [/^The token endpoint \S+ answered 403 access_denied/, /^Check which audiences, scopes and roles/],
    ({ stack }) => {
      stack.oauth.failWith('forbidden403');
    },
  ),
  setUp(
    'the scope is unknown',
    ['token-request', 'TOKEN_REQUEST_REJECTED'],
    [/^The token endpoint \S+ answered 400 invalid_scope/, /^Check the token URL, scope, audience/],
    ({ stack }) => {
      stack.oauth.failWith('invalidScope');
    },
  ),
  setUp(
    'there is no token file',
    ['token-request', 'TOKEN_FILE_UNREADABLE'],
    [/\/nowhere\/token.*ENOENT/, /^Check the path/],
    { tokenFile: '/nowhere/token' },
  ),
];

const permission = ['token-permission', 'DOCTOR_PERMISSION_MISSING'] as const;

const permissions: readonly SetUp[] = [
  ...(
    [
      ['default:read', /^Have the OAuth server/],
      ['elsewhere:write', /^Set TEMPORAL_NAMESPACE to "elsewhere", .* or have the OAuth server/],
    ] as const
  ).map(([held, remedy]) =>
    setUp(
      `the token holds ${held}`,
      permission,
      [/^The claim "permissions" holds \["\w+:\w+"\], and a worker needs "default:write"\.$/, remedy],
      ({ stack }) => {
        stack.oauth.permissions = [held];
      },
    ),
  ),
  ...['PollWorkflowTaskQueue', 'PollActivityTaskQueue'].map((poll) =>
    setUp(
      `Temporal allows a worker everything but ${poll}`,
      ['temporal-write', 'TEMPORAL_AUTH_PERMISSION_MISSING'],
      [
        /accepts the token, and rejects the call for namespace "default"/,
        /^Have the permission "default:write"/,
      ],
      ({ stack }) => {
        stack.frontend?.failWith(({ method }) => (method === poll ? 'permissionDenied' : undefined));
      },
    ),
  ),
  setUp(
    'the token has no sub',
    ['token-permission', 'DOCTOR_SUBJECT_MISSING'],
    [
      /^The token has no "sub".*\("client_id" does not stand in for it\)\.$/,
      /^Have the OAuth server put it in\.$/,
    ],
    async ({ stack }, started) => {
      const claims = { sub: undefined, client_id: 'worker' };
      return { tokenFile: await file(started, stack.oauth.mintToken({ claims })) };
    },
  ),
  setUp(
    "the server's audience is another one",
    ['token-permission', 'DOCTOR_AUDIENCE_OTHER'],
    [/^The token is for "elsewhere", and Temporal wants "temporal"\.$/, /^Set WORKER_AUTH_AUDIENCE/],
    { authorization: { audience: 'temporal' } },
    { stack: { frontend: { audience: 'temporal' }, oauth: { audience: 'elsewhere' } } },
  ),
  setUp(
    'the token is good only later',
    ['temporal-namespace', 'DOCTOR_CLOCK_OFF'],
    [
      /^Temporal rejects the token, which is valid only in \d\d\d s by this host's clock\.$/,
      /^Check that NTP runs/,
    ],
    async ({ stack }, started) => {
      const nbf = Math.floor(Date.now() / 1_000) + 300;
      return { tokenFile: await file(started, stack.oauth.mintToken({ claims: { nbf } })) };
    },
    { evidence: /^nbf is in \d+ s by this host's clock$/m },
  ),
  setUp(
    'Temporal does not know the key that signed the token',
    callRejected,
    [/Request unauthorized/, /^Check that the token is signed by a key that the server trusts/],
    ({ stack }) => {
      stack.oauth.rotateSigningKey({ publish: false });
    },
    { evidence: /^iat is \d+ s ago by this host's clock$/m },
  ),
  setUp(
    'a proxy before Temporal wants another audience',
    callRejected,
    [/Audiences in Jwt are not allowed/, /^Check that the token is signed .*an ingress for example/],
    ({ stack }) => {
      stack.frontend?.failWith({ status: 'PERMISSION_DENIED', message: 'Audiences in Jwt are not allowed' });
    },
  ),
  setUp(
    'an ingress that knows no gRPC rejects the call',
    callRejected,
    [/401/, /an ingress for example/],
    ({ stack }) => {
      stack.frontend?.failWith('html401');
    },
  ),
  setUp(
    'there is no such namespace',
    ['temporal-namespace', 'TEMPORAL_AUTH_NAMESPACE_UNKNOWN'],
    [/has no namespace "elsewhere"\.$/, /^Create it, or set TEMPORAL_NAMESPACE\.$/],
    variables({ ATLAN_WORKFLOW_NAMESPACE: 'elsewhere' }),
    { stack: { oauth: { permissions: ['elsewhere:write'] } } },
  ),
  setUp(
    'authentication is off, and Temporal wants tokens',
    ['temporal-namespace', 'TEMPORAL_AUTH_SWITCHED_OFF'],
    [
      /^Authentication is off \(ATLAN_WORKFLOW_AUTH_ENABLED\): no token is sent/,
      /^Set WORKER_AUTH_CLIENT_ID/,
    ],
    variables({ ATLAN_WORKFLOW_AUTH_ENABLED: 'false' }),
  ),
  setUp(
    'the workers poll more than a frontend allows',
    ['temporal-polls', 'DOCTOR_TOO_MANY_POLLS'],
    [
      /^241 workers with 5 pollers of each kind have 1205 polls open, of 1200/,
      /^Raise it, run more frontends/,
    ],
    { workers: 241 },
    { result: 'warning' },
  ),
];

/** What is wrong with the token, or with what it may do. */
export const setUpsOfTokens: readonly SetUp[] = [...tokens, ...permissions];
