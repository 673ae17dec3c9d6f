import { file, setUp, type SetUp, variables } from './set-up.ts';

const rejected = 'TEMPORAL_AUTH_SETTING_REJECTED';
const correct = /^Correct it/;

const settings: readonly SetUp[] = [
  setUp(
    'the application has no name',
    ['application', rejected],
    [/^The environment names no application, and has no client id\.$/, /^Set WORKER_AUTH_CLIENT_ID, or name/],
    variables({ ATLAN_APPLICATION_NAME: '' }),
    { evidence: /^a program may set it in its code/ },
  ),
  setUp(
    'ATLAN_WORKFLOW_AUTH_ENABLED is neither true nor false',
    ['authentication', rejected],
    [/^ATLAN_WORKFLOW_AUTH_ENABLED must be true or false/, correct],
    variables({ ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps' }),
  ),
  setUp(
    'the token endpoint is http on another host',
    ['credentials-setting', rejected],
    [/^ATLAN_WORKFLOW_AUTH_URL must be .*https/, correct],
    variables({ ATLAN_WORKFLOW_AUTH_URL: 'http://auth.example/token' }),
  ),
  ...(
    [
      ['in quotes', '"https://auth.example/token"', /is in quotes/, /without the quotes/],
      ['a reference', '$(AUTH_URL)', /is a reference that nothing replaced/, /Define the variable/],
      ['a placeholder', 'REPLACE-ME', /is a placeholder/, /Put the real value/],
      ['followed by a newline', 'https://a.example/token\n', /has a newline at its end/, /printf/],
    ] as const
  ).map(([what, value, cause, remedy]) =>
    setUp(
      `the URL of the token endpoint is ${what}`,
      ['credentials-setting', rejected],
      [new RegExp(`^ATLAN_WORKFLOW_AUTH_URL ${cause.source}: `), remedy],
      variables({ ATLAN_WORKFLOW_AUTH_URL: value }),
    ),
  ),
  setUp(
    "Temporal's port is none",
    ['temporal-setting', rejected],
    [/^ATLAN_WORKFLOW_PORT must be/, correct],
    variables({ ATLAN_WORKFLOW_PORT: 'grpc' }),
  ),
  setUp(
    "Temporal's host is a URL",
    ['temporal-setting', rejected],
    [/^ATLAN_WORKFLOW_HOST must be/, correct],
    variables({ ATLAN_WORKFLOW_HOST: 'https://temporal.example' }),
  ),
  setUp(
    'two families of variables contradict each other',
    ['credentials-setting', rejected],
    [
      /^WORKER_AUTH_TOKEN_URL and ATLAN_WORKFLOW_AUTH_URL contradict each other\.$/,
      /^Leave one of them out\.$/,
    ],
    variables({ WORKER_AUTH_TOKEN_URL: 'https://other.example/token' }),
  ),
  setUp(
    "the sidecar's address is none",
    ['credentials-setting', 'SECRET_STORE_SETTING_INVALID'],
    [/^DAPR_HTTP_ENDPOINT/, correct],
    variables({ DAPR_HTTP_ENDPOINT: 'ftp://sidecar' }),
  ),
];

const unreadable = ['trusted-certificates', 'DOCTOR_CERTIFICATES_UNREADABLE'] as const;
const leaveOut = /^Correct it, or leave it out\. The other checks are made without it\.$/;

const trust: readonly SetUp[] = [
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => [
    setUp(
      `${name} names no file`,
      unreadable,
      [new RegExp(`^${name} names /nowhere/ca\\.pem, which does not exist\\.$`), leaveOut],
      variables({ [name]: '/nowhere/ca.pem' }),
    ),
    setUp(
      `${name} names a file that is no PEM`,
      unreadable,
      [new RegExp(`^${name} names /.*/file, which holds no certificate in PEM form\\.$`), leaveOut],
      async (_scene, started) => variables({ [name]: await file(started, 'no PEM') }),
    ),
  ]),
  setUp('the option ca is no PEM', unreadable, [/^ca must be certificates in PEM form\.$/, leaveOut], {
    ca: 'no PEM',
  }),
];

/** What is wrong with what is set. */
export const setUpsOfSettings: readonly SetUp[] = [...settings, ...trust];
