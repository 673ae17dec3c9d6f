import { providers } from '@worker-auth/token-manager';
import {
  anyText,
  applicationName,
  exactText,
  filePath,
  hostName,
  namespaceName,
  ofBaseUrl,
  oneOf,
  portNumber,
  secureUrl,
  spaced,
  yesOrNo,
} from './formats.ts';
import { of3, partOf, row, type Row, secret, setting, type Setting, type Variable } from './setting.ts';

const endpoint = secureUrl('the token endpoint');

const temporalTls = [
  ...['TEMPORAL_TLS', 'TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'],
  ...['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'TEMPORAL_TLS_SERVER_NAME', 'TEMPORAL_TLS_CLIENT_CERT_DATA'],
  ...[...secret('TEMPORAL_TLS_CLIENT_KEY_DATA'), 'TEMPORAL_TLS_SERVER_CA_CERT_DATA'],
  'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
];

export const identity = {
  enabled: setting(yesOrNo, ['WORKER_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED', 'ATLAN_WORKFLOW_AUTH_ENABLED'], {
    option: 'authEnabled',
    fallback: 'on where credentials are configured',
    meaning: 'whether tokens are sent; false switches authentication off, whatever else is set',
  }),
  tokenUrl: setting(
    endpoint,
    [
      'WORKER_AUTH_TOKEN_URL',
      [of3('ATLAN_AUTH_TOKEN_URL'), 'ATLAN_AUTH_URL', of3({ name: 'ATLAN_AUTH_BASE_URL', as: ofBaseUrl })],
      'ATLAN_WORKFLOW_AUTH_URL',
    ],
    {
      option: 'tokenUrl, authUrl',
      fallback: 'that of the credentials (`atlan_auth_url`)',
      meaning: 'the token endpoint',
    },
  ),
  issuer: setting(secureUrl('the issuer'), ['WORKER_AUTH_ISSUER'], {
    option: 'issuer',
    meaning: 'the issuer, whose metadata names the token endpoint, in place of its URL',
  }),
  metadataUrl: setting(secureUrl('the metadata'), ['WORKER_AUTH_METADATA_URL'], {
    option: 'metadataUrl',
    meaning: 'the whole URL of the metadata, where they name another issuer than the one whose URL this is',
  }),
  clientId: setting(
    exactText,
    ['WORKER_AUTH_CLIENT_ID', of3('ATLAN_AUTH_CLIENT_ID'), 'ATLAN_<app_name>_client_id'],
    {
      option: 'id, clientId',
      fallback: 'that of the secret',
      meaning: 'the client id',
    },
  ),
  clientSecret: setting(
    exactText,
    [
      secret('WORKER_AUTH_CLIENT_SECRET'),
      secret('ATLAN_AUTH_CLIENT_SECRET').map(of3),
      secret('ATLAN_<app_name>_client_secret'),
    ],
    { option: 'secret, clientSecret', fallback: 'that of the secret', meaning: 'the client secret' },
  ),
  clientSecretFile: setting(filePath, [secret('WORKER_AUTH_CLIENT_SECRET_FILE')], {
    meaning: 'a file with the client secret, which is read again when the server rejects it',
  }),
  privateKeyFile: setting(filePath, [secret('WORKER_AUTH_PRIVATE_KEY_FILE')], {
    option: 'key',
    meaning: 'in place of the secret: a file with the private key that signs assertions (PEM or JWK)',
  }),
  assertionFile: setting(
    filePath,
    [secret('WORKER_AUTH_ASSERTION_FILE'), [], secret('ATLAN_<app_name>_client_assertion_file')],
    {
      option: 'assertion',
      fallback: 'an Azure workload identity',
      meaning: 'in place of the secret: a file with an assertion, such as a service account token',
    },
  ),
  tokenFile: setting(filePath, [secret('WORKER_AUTH_TOKEN_FILE')], {
    option: 'tokens: tokenFile(…)',
    meaning: 'a file with the token itself, in place of all credentials',
  }),
  authMethod: setting(
    oneOf('client_secret_post', 'client_secret_basic', 'client_secret_jwt', 'private_key_jwt'),
    ['WORKER_AUTH_AUTH_METHOD'],
    {
      option: 'method',
      fallback: 'what the issuer offers, else `client_secret_post`; the other after `invalid_client`',
      meaning: 'how the client authenticates, in the words of OpenID Connect',
    },
  ),
  scope: setting(anyText, ['WORKER_AUTH_SCOPE', of3({ name: 'ATLAN_AUTH_SCOPES', as: spaced })], {
    option: 'scope',
    meaning: 'the scopes that are asked for, with spaces between them',
  }),
  audience: setting(anyText, ['WORKER_AUTH_AUDIENCE'], {
    option: 'audience',
    meaning: 'whom the token is for, as Auth0 and Hydra want it',
  }),
  resource: setting(anyText, ['WORKER_AUTH_RESOURCE'], {
    option: 'resource',
    meaning: 'the resource that the token is for (RFC 8707)',
  }),
  provider: setting(
    oneOf(...(Object.keys(providers) as (keyof typeof providers)[])),
    ['WORKER_AUTH_PROVIDER'],
    {
      option: 'provider',
      meaning: 'who issues the tokens; where each one costs money or quota, fewer are requested',
    },
  ),
  applicationName: setting(applicationName, ['WORKER_AUTH_APPLICATION', 'ATLAN_APPLICATION_NAME'], {
    option: 'application, applicationName',
    meaning: 'whose credentials are looked for in a secret store',
  }),
} satisfies Record<string, Setting<unknown>>;

export const place = {
  host: setting(
    hostName,
    [partOf('TEMPORAL_ADDRESS', 'host'), [of3(partOf('ATLAN_TEMPORAL_HOST', 'host')), 'ATLAN_WORKFLOW_HOST']],
    {
      option: 'host',
      fallback: '`localhost`',
      meaning: "Temporal's host; the variable is `host:port`",
    },
  ),
  port: setting(
    portNumber,
    [partOf('TEMPORAL_ADDRESS', 'port'), [of3(partOf('ATLAN_TEMPORAL_HOST', 'port')), 'ATLAN_WORKFLOW_PORT']],
    { option: 'port', fallback: '`7233`', meaning: "Temporal's port" },
  ),
  namespace: setting(
    namespaceName,
    ['TEMPORAL_NAMESPACE', [of3('ATLAN_TEMPORAL_NAMESPACE'), 'ATLAN_WORKFLOW_NAMESPACE']],
    { option: 'namespace', fallback: '`default`', meaning: "Temporal's namespace" },
  ),
  tlsEnabled: setting(yesOrNo, [[], [of3('ATLAN_TEMPORAL_TLS_ENABLED'), 'ATLAN_WORKFLOW_TLS_ENABLED']], {
    option: 'tls',
    fallback:
      'what the secret says (`workflow_tls_enabled`), else on for a token that leaves this host, unless a variable of application-sdk names it',
    meaning: 'whether Temporal is reached over TLS',
  }),
  certFile: setting(filePath, [[], of3('ATLAN_TEMPORAL_TLS_CLIENT_CERT_PATH')], {
    option: 'tls: certFile',
    meaning: 'the client certificate, in a file that rotates',
  }),
  keyFile: setting(filePath, [[], of3('ATLAN_TEMPORAL_TLS_CLIENT_KEY_PATH')], {
    option: 'tls: keyFile',
    meaning: 'its private key',
  }),
  caFile: setting(filePath, [[], of3('ATLAN_TEMPORAL_TLS_CA_CERT_PATH')], {
    option: 'tls: caFile',
    fallback: "the host's",
    meaning: "the authorities of Temporal's certificate",
  }),
  serverNameOverride: setting(hostName, [[], of3('ATLAN_TEMPORAL_TLS_DOMAIN')], {
    option: 'tls: serverNameOverride',
    fallback: 'the host',
    meaning: "the name that Temporal's certificate is for",
  }),
} satisfies Record<string, Setting<unknown>>;

/** What others read: `@worker-auth/secret-store`, `@temporalio/envconfig`, and `network.ts`. */
export const elsewhere = {
  assertionType: row([[], [], 'ATLAN_<app_name>_client_assertion_type'], {
    fallback: '`jwt-bearer`',
    meaning: 'what that assertion is: `jwt-bearer`, or `jwt-spiffe` for a SPIFFE JWT-SVID',
  }),
  besideCredentials: row([[], [], ['ATLAN_atlan_auth_url', 'ATLAN_workflow_tls_enabled']], {
    meaning: 'beside credentials in the environment: the token endpoint, and whether TLS to Temporal is on',
  }),
  azure: row([['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST']], {
    meaning: 'an Azure workload identity, which its webhook sets; read for a named application',
  }),
  component: row(
    ['WORKER_AUTH_SECRET_COMPONENT', 'DEPLOYMENT_SECRET_STORE_NAME', 'ATLAN_DEPLOYMENT_SECRET_COMPONENT'],
    { fallback: '`deployment-secret-store`', meaning: 'the Dapr secret store component' },
  ),
  secretName: row(
    ['WORKER_AUTH_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH', 'ATLAN_DEPLOYMENT_SECRET_NAME'],
    {
      fallback: '`atlan-deployment-secrets`, then that of the application-sdk',
      meaning: 'the secret in it, with the credentials',
    },
  ),
  sharedKeys: row([[], ['ATLAN_AUTH_CLIENT_ID_KEY', 'ATLAN_AUTH_CLIENT_SECRET_KEY']], {
    fallback: '`ATLAN_AUTH_CLIENT_ID`, `ATLAN_AUTH_CLIENT_SECRET`',
    meaning: 'the keys of client id and client secret, where the secret has none of the application',
  }),
  sidecar: row([['DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT', ...secret('DAPR_API_TOKEN')]], {
    fallback: '`http://127.0.0.1:3500`',
    meaning: 'the Dapr sidecar: its URL, else its port on this host, and what it asks its callers for',
  }),
  profile: row([['TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE']], {
    option: 'profile',
    meaning: "a profile of Temporal's own configuration, and the file that it is in",
  }),
  temporalTls: row([temporalTls], {
    option: 'tls',
    fallback: 'what the secret says, else on for a token that leaves this host',
    meaning: 'TLS to Temporal, as `@temporalio/envconfig` reads it, with the profile',
  }),
  temporalKey: row(
    [[...secret('TEMPORAL_API_KEY', 'TEMPORAL_GRPC_META_AUTHORIZATION'), 'TEMPORAL_GRPC_META_*']],
    {
      meaning: 'the API key for calls without a token, which switches TLS on, and gRPC metadata',
    },
  ),
  proxy: row([['HTTPS_PROXY', 'NO_PROXY']], {
    option: 'proxy',
    meaning:
      'an HTTP proxy for the token endpoint and for Temporal, and the hosts that are reached without it',
  }),
  ca: row([['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']], {
    option: 'ca',
    fallback: "the host's",
    meaning: 'trusted certificates: in place of the usual ones, and beside them',
  }),
} satisfies Record<string, Row>;

export const allVariables: readonly Variable[] = [identity, place, elsewhere]
  .flatMap((rows) => Object.values<Row>(rows))
  .flatMap(({ variables }) => variables);

/** Those that are credentials. */
export const secretVariables = allVariables.filter(({ isSecret }) => isSecret === true);
