import { expect, it } from 'vitest';
import { badKeyVaultName, missingText, daprBackEndErrors } from '../../src/dapr/back-end-errors.ts';

const known: Readonly<Record<string, Readonly<Record<string, ((name: string) => string) | undefined>>>> =
  daprBackEndErrors;

it.each([
  ['secretstores.local.file', 'missing', 'secret n not found'],
  ['secretstores.hashicorp.vault', 'missing', 'getSecret n failed secret key or version not exist'],
  [
    'secretstores.hashicorp.vault',
    'denied',
    'couldn\'t get successful response, status code 403, body {"errors":["permission denied"]}\n',
  ],
  [
    'secretstores.hashicorp.vault',
    'unreachable',
    'couldn\'t get secret: Get "http://127.0.0.1:8200/v1/secret/data/dapr/n?version=0": dial tcp 127.0.0.1:8200: connect: connection refused',
  ],
  ['secretstores.kubernetes', 'missing', 'secrets "n" not found'],
  [
    'secretstores.kubernetes',
    'denied',
    'secrets "n" is forbidden: User "system:serviceaccount:default:default" cannot get resource "secrets" in API group "" in the namespace "default"',
  ],
  [
    'secretstores.kubernetes',
    'unreachable',
    'Get "https://10.96.0.1:443/api/v1/namespaces/default/secrets/n": dial tcp 10.96.0.1:443: connect: connection refused',
  ],
  [
    'secretstores.aws.secretmanager',
    'missing',
    "couldn't get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 7f3c, api error ResourceNotFoundException: Secrets Manager can't find the specified secret.",
  ],
  [
    'secretstores.aws.secretmanager',
    'denied',
    "couldn't get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 7f3c, api error AccessDeniedException: User: arn:aws:iam::123456789012:user/dapr is not authorized to perform: secretsmanager:GetSecretValue on resource: n because no identity-based policy allows the action",
  ],
  [
    'secretstores.aws.secretmanager',
    'unreachable',
    'couldn\'t get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , request send failed, Post "https://secretsmanager.eu-west-1.amazonaws.com/": dial tcp: lookup secretsmanager.eu-west-1.amazonaws.com: no such host',
  ],
  [
    'secretstores.aws.parameterstore',
    'missing',
    "couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: 7f3c, ParameterNotFound: ",
  ],
  [
    'secretstores.aws.parameterstore',
    'denied',
    "couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: 7f3c, api error AccessDeniedException: User: arn:aws:iam::123456789012:user/dapr is not authorized to perform: ssm:GetParameter on resource: n because no identity-based policy allows the action",
  ],
  [
    'secretstores.aws.parameterstore',
    'unreachable',
    'couldn\'t get secret: operation error SSM: GetParameter, https response error StatusCode: 0, RequestID: , request send failed, Post "https://ssm.eu-west-1.amazonaws.com/": dial tcp: lookup ssm.eu-west-1.amazonaws.com: no such host',
  ],
  [
    'secretstores.azure.keyvault',
    'missing',
    'GET https://my-vault.vault.azure.net/secrets/n/\n--------------------------------------------------------------------------------\nRESPONSE 404: 404 Not Found\nERROR CODE: SecretNotFound\n--------------------------------------------------------------------------------\n{\n  "error": {\n    "code": "SecretNotFound",\n    "message": "A secret with (name/id) n was not found in this key vault."\n  }\n}\n--------------------------------------------------------------------------------\n',
  ],
  [
    'secretstores.azure.keyvault',
    'denied',
    'GET https://my-vault.vault.azure.net/secrets/n/\n--------------------------------------------------------------------------------\nRESPONSE 403: 403 Forbidden\nERROR CODE: Forbidden\n--------------------------------------------------------------------------------\n{\n  "error": {\n    "code": "Forbidden",\n    "message": "Caller is not authorized to perform action on resource."\n  }\n}\n--------------------------------------------------------------------------------\n',
  ],
  [
    'secretstores.azure.keyvault',
    'unreachable',
    'Get "https://my-vault.vault.azure.net/secrets/n/?api-version=7.4": dial tcp: lookup my-vault.vault.azure.net: no such host',
  ],
  [
    'secretstores.gcp.secretmanager',
    'missing',
    'failed to access secret version: rpc error: code = NotFound desc = Secret [projects/1/secrets/n] not found or has no versions.',
  ],
  [
    'secretstores.gcp.secretmanager',
    'denied',
    "failed to access secret version: rpc error: code = PermissionDenied desc = Permission 'secretmanager.versions.access' denied for resource 'projects/1/secrets/n/versions/latest' (or it may not exist).",
  ],
  [
    'secretstores.gcp.secretmanager',
    'unreachable',
    'failed to access secret version: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:443: i/o timeout"',
  ],
])('%s says, word for word, that a secret is %s', (type, kind, text) => {
  expect(known[type]?.[kind]?.('n')).toBe(text);
});

it('Key Vault says to a name that cannot be there that it is bad', () => {
  const rule = '-'.repeat(80);
  expect(badKeyVaultName('n_')).toBe(
    `GET https://my-vault.vault.azure.net/secrets/n_/\n${rule}\nRESPONSE 400: 400 Bad Request\nERROR CODE: BadParameter\n${rule}\n` +
      `{\n  "error": {\n    "code": "BadParameter",\n    "message": "The request URI contains an invalid name: n_"\n  }\n}\n${rule}\n`,
  );
});

it('a component of any other type says that the secret was not found', () => {
  expect(missingText('secretstores.own', 'n')).toBe('secret n not found');
});
