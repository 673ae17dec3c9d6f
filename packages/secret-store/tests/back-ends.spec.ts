import { daprBackEndErrors } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { component, rejection, startFake } from './support.ts';

const aws = 'secretstores.aws.secretmanager';
const ssm = 'secretstores.aws.parameterstore';
const azure = 'secretstores.azure.keyvault';
const gcp = 'secretstores.gcp.secretmanager';
const vault = 'secretstores.hashicorp.vault';
const kubernetes = 'secretstores.kubernetes';
const file = 'secretstores.local.file';
const pluggable = 'secretstores.our-own';

/** The words of the AWS SDK for Go, version 2, around the code of an error. */
const operation =
  "couldn't get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 6d2c-1, ";
const keyVault = (status: string, code: string): string =>
  `GET https://my-vault.vault.azure.net/secrets/wanted/\n---\nRESPONSE ${status}\nERROR CODE: ${code}\n---\n{"error":{"code":"${code}"}}`;
const access = 'failed to access secret version: rpc error: code = ';

const missing: readonly [type: string, text: string][] = [
  [aws, `${operation}ResourceNotFoundException: Secrets Manager can't find the specified secret.`],
  [aws, `${operation}api error ResourceNotFoundException: Secrets Manager can't find the specified secret.`],
  [
    aws,
    "couldn't get secret: ResourceNotFoundException: Secrets Manager can't find the specified secret.\n\tstatus code: 400, request id: 1",
  ],
  [
    ssm,
    "couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: 1, ParameterNotFound: ",
  ],
  [azure, keyVault('404: 404 Not Found', 'SecretNotFound')],
  [gcp, `${access}NotFound desc = Secret [projects/1/secrets/wanted] not found or has no versions.`],
  [vault, 'getSecret wanted failed secret key or version not exist'],
  [vault, 'failed secret key or version not exist'],
  [vault, 'secret key or version not exist'],
  [kubernetes, 'secrets "wanted" not found'],
  [file, 'secret wanted not found'],
  [pluggable, 'secret wanted not found'],
];

const failing: readonly [type: string, text: string][] = [
  [aws, 'request failed: Project not found'],
  [aws, 'a proxy said: ResourceNotFoundException'],
  [aws, `${operation}api error InternalServiceError: An error occurred on the server side.`],
  [azure, keyVault('500: 500 Internal Server Error', 'SecretNotFoundInCache')],
  [gcp, `${access}Unavailable desc = connection error`],
  [vault, "couldn't get successful response, status code 503, body sealed"],
  [vault, 'secret key or version not exist: a proxy said so'],
  [kubernetes, 'secrets "another" not found'],
  [kubernetes, 'a proxy said: secrets "wanted" is forbidden: User "x"'],
  [kubernetes, 'the namespace is missing there'],
  [file, 'host not found'],
  [pluggable, 'secret service not found'],
  [pluggable, 'Project not found'],
];

const rejected: readonly [type: string, text: string, advice: string][] = [
  [
    vault,
    "couldn't decode response body: json: cannot unmarshal number into Go struct field .data.data of type string",
    'Put numbers, true, false and objects in quotes',
  ],
  [
    aws,
    `${operation}api error UnrecognizedClientException: The security token is invalid.`,
    'AWS credentials',
  ],
  [aws, `${operation}api error InvalidSignatureException: Signature expired`, 'AWS credentials'],
  [aws, `${operation}api error ExpiredTokenException: The security token is expired`, 'AWS credentials'],
  [aws, `${operation}api error ValidationException: Invalid name.`, 'AWS credentials'],
  [
    aws,
    `${operation}InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.`,
    'marked for deletion',
  ],
  [
    aws,
    "couldn't get secret: operation error Secrets Manager: GetSecretValue, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata",
    'AWS credentials',
  ],
  [aws, `${operation}ResourceNotFoundException: Secrets Manager can't find the key.`, 'AWS credentials'],
  [azure, keyVault('400: 400 Bad Request', 'BadParameter'), 'hyphens'],
  [kubernetes, 'Unauthorized', 'service account'],
  [kubernetes, 'namespace is missing on metadata and API token', 'namespace'],
  [gcp, `${access}NotFound desc = Project 'x' not found.`, 'project'],
];

const denied: readonly [type: string, text: string, advice: string][] = [
  [
    aws,
    `${operation}api error AccessDeniedException: User: arn:aws:sts::1:assumed-role/worker/1 is not authorized to perform: secretsmanager:GetSecretValue on resource: wanted`,
    'IAM',
  ],
  [ssm, `${operation}api error AccessDeniedException: User: x is not authorized`, 'ssm:GetParameter'],
  [azure, keyVault('403: 403 Forbidden', 'Forbidden'), 'Key Vault Secrets User'],
  [
    gcp,
    `${access}PermissionDenied desc = Permission 'secretmanager.versions.access' denied`,
    'secretmanager.secretAccessor',
  ],
  [
    vault,
    'couldn\'t get successful response, status code 403, body {"errors":["permission denied"]}',
    'policy',
  ],
  [kubernetes, 'secrets "wanted" is forbidden: User "x" cannot get resource "secrets"', 'Role'],
];

describe('what a back end says', () => {
  it.each(missing)('of %s: %j is "no such secret"', async (type, text) => {
    expect(await read(type, text)).toBeUndefined();
  });

  it.each(failing)('of %s: %j is an outage', async (type, text) => {
    expect(await read(type, text)).toMatchObject({
      code: 'SECRET_STORE_BACKEND_FAILED',
      kind: 'connectivity',
      retryable: true,
      status: 500,
    });
  });

  it.each(rejected)('of %s: %j is for a person, with advice', async (type, text, advice) => {
    const error = await read(type, text);
    expect(error).toMatchObject({
      code: 'SECRET_STORE_BACKEND_REJECTED',
      kind: 'configuration',
      retryable: false,
    });
    expect(String(error)).toContain(advice);
  });

  it.each(denied)('of %s: %j is a missing right, and not of Dapr’s scopes', async (type, text, advice) => {
    const error = await read(type, text);
    expect(error).toMatchObject({
      code: 'SECRET_STORE_ACCESS_DENIED',
      kind: 'configuration',
      retryable: false,
    });
    expect(String(error)).toContain(advice);
    expect(String(error)).not.toContain('scopes');
  });

  it.each(Object.entries(daprBackEndErrors))('of %s is what the kit knows of it', async (type, errors) => {
    expect(await read(type, errors.missing('wanted'))).toBeUndefined();
    if (!('denied' in errors)) return;
    expect(await read(type, errors.denied('wanted'))).toMatchObject({ code: 'SECRET_STORE_ACCESS_DENIED' });
    expect(await read(type, errors.unreachable('wanted'))).toMatchObject({
      code: 'SECRET_STORE_BACKEND_FAILED',
    });
  });

  it('is shown without the words of daprd before it, which leaves room for the cause', async () => {
    const name = 'n'.repeat(250);
    const error = await read(aws, `${operation}api error AccessDeniedException: the cause`, name);
    expect(String(error)).toContain('AccessDeniedException: the cause');
    expect(String(error)).not.toContain('failed getting secret');
  });

  it('counts in the words of any back end when the type is not known', async () => {
    const { fake, url } = await startFake({ components: [{ name: component, type: gcp }] });
    fake.metadataAllowed = false;
    expect(await daprStore({ env: { DAPR_HTTP_ENDPOINT: url } }).get('wanted')).toBeUndefined();
  });
});

it.each([
  [aws, ['another region', 'binary']],
  [ssm, ['another region']],
  [gcp, []],
])('the report of a place in AWS of %s says what else looks like "not there": %j', async (type, words) => {
  const { url } = await startFake({ components: [{ name: component, type }] });
  const env = { DAPR_HTTP_ENDPOINT: url };
  const error = await rejection(discoverCredentials({ applicationName: 'x', env }).get());
  expect(error).toMatchObject({ code: 'SECRET_STORE_CREDENTIALS_NOT_FOUND' });
  const all = ['another region', 'binary'];
  expect(all.filter((word) => String(error).includes(word))).toEqual(words);
});

async function read(type: string, text: string, name = 'wanted'): Promise<unknown> {
  const { fake, url } = await startFake({ components: [{ name: component, type, capabilities: [] }] });
  fake.breakComponent(component, text);
  return daprStore({ env: { DAPR_HTTP_ENDPOINT: url } })
    .get(name)
    .catch((error: unknown) => error);
}
