import { providers } from '@worker-auth/token-manager';
import {
  anyText,
  filePath,
  hostName,
  namespaceName,
  oneOf,
  partsOfAddress,
  portNumber,
  secureUrl,
  yesOrNo,
} from './formats.ts';
import { named, type Row, type Setting, type Variable } from './setting.ts';

const endpoint = secureUrl('the token endpoint');
const address = { expected: 'host:port or host, without a scheme' };

/** `host` or `port` of a variable that has both. */
function partOf(name: string, part: 'host' | 'port'): Omit<Variable, 'family'> {
  return { name, ...address, as: (text) => partsOfAddress(text)[part] };
}

/** Where the application-sdk looks for the token endpoint under its base URL. */
const ofBaseUrl = (text: string): string =>
  `${text.replace(/\/+$/, '')}/auth/realms/default/protocol/openid-connect/token`;

const spaced = (text: string): string => text.split(',').join(' ').replace(/ +/g, ' ').trim();

/** Every setting of the identity, by its name in this package. */
export const identity = {
  enabled: {
    ...{ option: 'authEnabled', fallback: 'on where credentials are configured', ...yesOrNo },
    variables: named(['WORKER_AUTH_ENABLED'], ['ATLAN_AUTH_ENABLED'], ['ATLAN_WORKFLOW_AUTH_ENABLED']),
    meaning: 'whether tokens are sent; false switches authentication off, whatever else is set',
  },
  tokenUrl: {
    ...{ option: 'tokenUrl, authUrl', fallback: 'that of the credentials (`atlan_auth_url`)', ...endpoint },
    variables: named(
      ['WORKER_AUTH_TOKEN_URL'],
      ['ATLAN_AUTH_TOKEN_URL', 'ATLAN_AUTH_URL', { name: 'ATLAN_AUTH_BASE_URL', as: ofBaseUrl }],
      ['ATLAN_WORKFLOW_AUTH_URL'],
    ),
    meaning:
      'the token endpoint; `ATLAN_AUTH_BASE_URL` is the address of a Keycloak with the realm `default`',
  },
  issuer: {
    ...{ option: 'issuer', fallback: 'none', ...secureUrl('the issuer') },
    variables: named(['WORKER_AUTH_ISSUER']),
    meaning: 'the issuer, whose metadata names the token endpoint, in place of its URL',
  },
  clientId: {
    ...{ option: 'id, clientId', fallback: 'that of the secret', ...anyText, keepsSpace: true },
    variables: named(['WORKER_AUTH_CLIENT_ID'], ['ATLAN_AUTH_CLIENT_ID'], ['ATLAN_<app_name>_client_id']),
    meaning: 'the client id; `postgres-extraction` makes `<app_name>` `postgres_extraction`',
  },
  clientSecret: {
    ...{ option: 'secret, clientSecret', fallback: 'that of the secret', ...anyText, keepsSpace: true },
    variables: named(
      ['WORKER_AUTH_CLIENT_SECRET'],
      ['ATLAN_AUTH_CLIENT_SECRET'],
      ['ATLAN_<app_name>_client_secret'],
    ),
    meaning: 'the client secret',
  },
  clientSecretFile: {
    ...{ option: '', fallback: 'none', ...filePath },
    variables: named(['WORKER_AUTH_CLIENT_SECRET_FILE']),
    meaning: 'a file with the client secret, which is read again when the server rejects it',
  },
  privateKeyFile: {
    ...{ option: 'key', fallback: 'none', ...filePath },
    variables: named(['WORKER_AUTH_PRIVATE_KEY_FILE']),
    meaning: 'in place of the secret: a file with the private key that signs assertions (PEM or JWK)',
  },
  assertionFile: {
    ...{ option: 'assertion', fallback: 'an Azure workload identity', ...filePath },
    variables: named(['WORKER_AUTH_ASSERTION_FILE'], [], ['ATLAN_<app_name>_client_assertion_file']),
    meaning: 'in place of the secret: a file with an assertion, such as a service account token',
  },
  tokenFile: {
    ...{ option: 'tokens: tokenFile(…)', fallback: 'none', ...filePath },
    variables: named(['WORKER_AUTH_TOKEN_FILE']),
    meaning: 'a file with the token itself, in place of all credentials',
  },
  authMethod: {
    ...{ option: 'method', fallback: 'what the issuer offers, else `client_secret_post`' },
    ...oneOf('client_secret_post', 'client_secret_basic', 'client_secret_jwt', 'private_key_jwt'),
    variables: named(['WORKER_AUTH_AUTH_METHOD']),
    meaning: 'how the client authenticates, in the words of OpenID Connect',
  },
  scope: {
    ...{ option: 'scope', fallback: 'none', ...anyText },
    variables: named(['WORKER_AUTH_SCOPE'], [{ name: 'ATLAN_AUTH_SCOPES', as: spaced }]),
    meaning: 'the scopes that are asked for, with spaces between them; in `ATLAN_AUTH_SCOPES` with commas',
  },
  audience: {
    ...{ option: 'audience', fallback: 'none', ...anyText },
    variables: named(['WORKER_AUTH_AUDIENCE']),
    meaning: 'whom the token is for, as Auth0 and Hydra want it',
  },
  resource: {
    ...{ option: 'resource', fallback: 'none', ...anyText },
    variables: named(['WORKER_AUTH_RESOURCE']),
    meaning: 'the resource that the token is for (RFC 8707)',
  },
  provider: {
    ...{
      option: 'provider',
      fallback: 'none',
      ...oneOf(...(Object.keys(providers) as (keyof typeof providers)[])),
    },
    variables: named(['WORKER_AUTH_PROVIDER']),
    meaning: 'who issues the tokens; where each one costs money or quota, fewer are requested',
  },
  applicationName: {
    ...{ option: 'application, applicationName', fallback: 'none', ...anyText },
    expected: 'the name of the application',
    variables: named([], [], ['ATLAN_APPLICATION_NAME']),
    meaning: 'whose credentials and secret the variables with `<app_name>` are',
  },
} satisfies Record<string, Setting<unknown>>;

/** Every setting of Temporal's address. */
export const place = {
  host: {
    ...{ option: 'host', fallback: '`localhost`', ...hostName },
    variables: named(
      [partOf('TEMPORAL_ADDRESS', 'host')],
      [partOf('ATLAN_TEMPORAL_HOST', 'host')],
      ['ATLAN_WORKFLOW_HOST'],
    ),
    meaning: "Temporal's host; `TEMPORAL_ADDRESS` and `ATLAN_TEMPORAL_HOST` are `host:port`",
  },
  port: {
    ...{ option: 'port', fallback: '`7233`', ...portNumber },
    variables: named(
      [partOf('TEMPORAL_ADDRESS', 'port')],
      [partOf('ATLAN_TEMPORAL_HOST', 'port')],
      ['ATLAN_WORKFLOW_PORT'],
    ),
    meaning: "Temporal's port",
  },
  namespace: {
    ...{ option: 'namespace', fallback: '`default`', ...namespaceName },
    variables: named(['TEMPORAL_NAMESPACE'], ['ATLAN_TEMPORAL_NAMESPACE'], ['ATLAN_WORKFLOW_NAMESPACE']),
    meaning: "Temporal's namespace",
  },
  tlsEnabled: {
    ...{ option: 'tls', fallback: 'what the secret says (`workflow_tls_enabled`), else `false`', ...yesOrNo },
    variables: named([], ['ATLAN_TEMPORAL_TLS_ENABLED'], ['ATLAN_WORKFLOW_TLS_ENABLED']),
    meaning: 'whether Temporal is reached over TLS',
  },
  certFile: {
    ...{ option: 'tls: certFile', fallback: 'none', ...filePath },
    variables: named([], ['ATLAN_TEMPORAL_TLS_CLIENT_CERT_PATH']),
    meaning: 'the client certificate, in a file that rotates',
  },
  keyFile: {
    ...{ option: 'tls: keyFile', fallback: 'none', ...filePath },
    variables: named([], ['ATLAN_TEMPORAL_TLS_CLIENT_KEY_PATH']),
    meaning: 'its private key',
  },
  caFile: {
    ...{ option: 'tls: caFile', fallback: "the host's", ...filePath },
    variables: named([], ['ATLAN_TEMPORAL_TLS_CA_CERT_PATH']),
    meaning: "the authorities of Temporal's certificate",
  },
  serverNameOverride: {
    ...{ option: 'tls: serverNameOverride', fallback: 'the host', ...hostName },
    variables: named([], ['ATLAN_TEMPORAL_TLS_DOMAIN']),
    meaning: "the name that Temporal's certificate is for",
  },
} satisfies Record<string, Setting<unknown>>;

/** What others read: `@worker-auth/secret-store`, `@temporalio/envconfig`, and `network.ts`. */
export const elsewhere = {
  assertionType: {
    ...{ option: '', fallback: '`jwt-bearer`' },
    variables: named([], [], ['ATLAN_<app_name>_client_assertion_type']),
    meaning: 'what that assertion is: `jwt-bearer`, or `jwt-spiffe` for a SPIFFE JWT-SVID',
  },
  besideCredentials: {
    ...{ option: '', fallback: 'none' },
    variables: named([], [], ['ATLAN_atlan_auth_url', 'ATLAN_workflow_tls_enabled']),
    meaning: 'beside credentials in the environment: the token endpoint, and whether TLS to Temporal is on',
  },
  azure: {
    ...{ option: '', fallback: 'none' },
    variables: named([
      ...['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'],
    ]),
    meaning: 'an Azure workload identity, which its webhook sets; read for a named application',
  },
  component: {
    ...{ option: '', fallback: '`deployment-secret-store`' },
    variables: named([], ['DEPLOYMENT_SECRET_STORE_NAME'], ['ATLAN_DEPLOYMENT_SECRET_COMPONENT']),
    meaning: 'the Dapr secret store component',
  },
  secretName: {
    ...{ option: '', fallback: '`atlan-deployment-secrets`' },
    variables: named([], ['ATLAN_DEPLOYMENT_SECRET_PATH'], ['ATLAN_DEPLOYMENT_SECRET_NAME']),
    meaning: 'the secret in it, with the credentials',
  },
  sidecar: {
    ...{ option: '', fallback: '`http://127.0.0.1:3500`' },
    variables: named(['DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT', 'DAPR_API_TOKEN']),
    meaning: 'the Dapr sidecar: its URL, else its port on this host, and what it asks its callers for',
  },
  profile: {
    ...{ option: 'profile', fallback: 'none' },
    variables: named(['TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE']),
    meaning: "a profile of Temporal's own configuration, and the file that it is in",
  },
  temporalTls: {
    ...{ option: 'tls', fallback: 'none' },
    variables: named([
      ...['TEMPORAL_TLS', 'TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'],
      ...['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'TEMPORAL_TLS_SERVER_NAME'],
      ...['TEMPORAL_TLS_CLIENT_CERT_DATA', 'TEMPORAL_TLS_CLIENT_KEY_DATA'],
      ...['TEMPORAL_TLS_SERVER_CA_CERT_DATA', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'],
    ]),
    meaning: 'TLS to Temporal, as `@temporalio/envconfig` reads it, with the profile',
  },
  temporalKey: {
    ...{ option: '', fallback: 'none' },
    variables: named(['TEMPORAL_API_KEY', 'TEMPORAL_GRPC_META_*']),
    meaning: 'the API key for calls without a token, which switches TLS on, and gRPC metadata',
  },
  proxy: {
    ...{ option: 'proxy', fallback: 'none' },
    variables: named(['HTTPS_PROXY', 'NO_PROXY']),
    meaning:
      'an HTTP proxy for the token endpoint and for Temporal, and the hosts that are reached without it',
  },
  ca: {
    ...{ option: 'ca', fallback: "the host's" },
    variables: named(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']),
    meaning: 'trusted certificates: in place of the usual ones, and beside them',
  },
} satisfies Record<string, Row>;
