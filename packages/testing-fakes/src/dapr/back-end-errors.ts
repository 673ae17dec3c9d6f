/** How one kind of back end words why it gives no secret. */
export interface BackEndErrors {
  /** There is no such secret. */
  readonly missing: (name: string) => string;
  /** The sidecar's account may not read it. */
  readonly denied: (name: string) => string;
  /** The back end cannot be reached. */
  readonly unreachable: (name: string) => string;
}

const aws = (service: string, operation: string, error: string): string =>
  `couldn't get secret: operation error ${service}: ${operation}, https response error StatusCode: 400, RequestID: 7f3c, ${error}`;

const awsHost = (service: string): string => `${service}.eu-west-1.amazonaws.com`;

const awsDenied = (action: string, name: string): string =>
  `api error AccessDeniedException: User: arn:aws:iam::123456789012:user/dapr is not authorized to perform: ${action} on resource: ${name} ` +
  'because no identity-based policy allows the action';

const vaultUrl = 'http://127.0.0.1:8200/v1/secret/data/dapr/';
const keyVault = 'my-vault.vault.azure.net';
const rule = '-'.repeat(80);
const kubernetesUrl = 'https://10.96.0.1:443/api/v1/namespaces/default/secrets/';

/**
 * The texts that daprd passes on from real back ends, after its own `failed getting secret with key … from secret store …: `, by the
 * component's type: what `brokenWith` of a component, and `breakComponent`, take. `secretstores.local.env` fails never.
 *
 * Of components-contrib 1.11 to 1.18.4. Those of Vault and files were read off real ones; of AWS the error's name and sentence, as far as
 * it is known; the rest is worded as the services document it.
 */
export const daprBackEndErrors = {
  'secretstores.local.file': { missing: (name) => `secret ${name} not found` },
  'secretstores.hashicorp.vault': {
    missing: (name) => `getSecret ${name} failed secret key or version not exist`,
    denied: () =>
      `couldn't get successful response, status code 403, body {"errors":["permission denied"]}\n`,
    unreachable: (name) =>
      `couldn't get secret: Get "${vaultUrl}${name}?version=0": dial tcp 127.0.0.1:8200: connect: connection refused`,
  },
  'secretstores.kubernetes': {
    missing: (name) => `secrets "${name}" not found`,
    denied: (name) =>
      `secrets "${name}" is forbidden: User "system:serviceaccount:default:default" cannot get resource "secrets" in API group "" in the namespace "default"`,
    unreachable: (name) =>
      `Get "${kubernetesUrl}${name}": dial tcp 10.96.0.1:443: connect: connection refused`,
  },
  'secretstores.aws.secretmanager': {
    missing: () =>
      aws(
        'Secrets Manager',
        'GetSecretValue',
        "api error ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      ),
    denied: (name) =>
      aws('Secrets Manager', 'GetSecretValue', awsDenied('secretsmanager:GetSecretValue', name)),
    unreachable: () =>
      `couldn't get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , request send failed, ` +
      `Post "https://${awsHost('secretsmanager')}/": dial tcp: lookup ${awsHost('secretsmanager')}: no such host`,
  },
  'secretstores.aws.parameterstore': {
    missing: () => aws('SSM', 'GetParameter', 'ParameterNotFound: '),
    denied: (name) => aws('SSM', 'GetParameter', awsDenied('ssm:GetParameter', name)),
    unreachable: () =>
      `couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 0, RequestID: , request send failed, ` +
      `Post "https://${awsHost('ssm')}/": dial tcp: lookup ${awsHost('ssm')}: no such host`,
  },
  'secretstores.azure.keyvault': {
    missing: (name) =>
      azure(
        name,
        '404: 404 Not Found',
        'SecretNotFound',
        `A secret with (name/id) ${name} was not found in this key vault.`,
      ),
    denied: (name) =>
      azure(
        name,
        '403: 403 Forbidden',
        'Forbidden',
        'Caller is not authorized to perform action on resource.',
      ),
    unreachable: (name) =>
      `Get "https://${keyVault}/secrets/${name}/?api-version=7.4": dial tcp: lookup ${keyVault}: no such host`,
  },
  'secretstores.gcp.secretmanager': {
    missing: (name) =>
      `failed to access secret version: rpc error: code = NotFound desc = Secret [projects/1/secrets/${name}] not found or has no versions.`,
    denied: (name) =>
      `failed to access secret version: rpc error: code = PermissionDenied desc = Permission 'secretmanager.versions.access' denied for resource 'projects/1/secrets/${name}/versions/latest' (or it may not exist).`,
    unreachable: () =>
      'failed to access secret version: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:443: i/o timeout"',
  },
} satisfies Readonly<Record<string, Partial<BackEndErrors>>>;

/** What a back end of the type says when there is no such secret. */
export function missingText(type: string, name: string): string {
  const known: Readonly<Record<string, Pick<BackEndErrors, 'missing'>>> = daprBackEndErrors;
  return known[type]?.missing(name) ?? `secret ${name} not found`;
}

/** What Azure Key Vault says to a name that cannot be there. */
export function badKeyVaultName(name: string): string {
  return azure(
    name,
    '400: 400 Bad Request',
    'BadParameter',
    `The request URI contains an invalid name: ${name}`,
  );
}

function azure(name: string, response: string, code: string, message: string): string {
  const body = JSON.stringify({ error: { code, message } }, undefined, 2);
  return [
    `GET https://${keyVault}/secrets/${name}/`,
    rule,
    `RESPONSE ${response}`,
    `ERROR CODE: ${code}`,
    rule,
    body,
    rule,
    '',
  ].join('\n');
}
