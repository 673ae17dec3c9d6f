/** What a back end means by the text with which it gives no secret. */
export interface BackEndVerdict {
  /**
   * `missing`: there is no such secret. `denied`: there may be, and the sidecar may not read it. `rejected`: no account, no such
   * project, a name that cannot be. `failed`: anything else, an outage for all that is known.
   */
  readonly kind: 'missing' | 'denied' | 'rejected' | 'failed';
  /** What a person can do about it; `''` when nothing is known. */
  readonly advice: string;
}

/** How one back end words what it says (components-contrib 1.18.4, daprd 1.18.3 and 1.9.6). */
interface BackEnd {
  readonly isMissing: (text: string, name: string) => boolean;
  readonly isDenied: (text: string) => boolean;
  readonly isRejected: (text: string) => boolean;
  readonly rights: string;
  readonly settings: string;
}

/** Where the AWS SDK for Go puts the code of an error, in versions 1 and 2. */
const awsCode = /(?:^|couldn't get secret: |api error |RequestID: [^,\s]*, )([A-Z]\w+):(?:\s|$)/;
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
const awsDenials = new Set(['AccessDeniedException', 'AccessDenied']);
const awsRejections = new Set([
  ...['ExpiredTokenException', 'IncompleteSignature', 'InvalidClientTokenId', 'InvalidIdentityToken'],
  ...['InvalidKeyId', 'InvalidParameterException', 'InvalidRequestException', 'InvalidSignatureException'],
  ...['MissingAuthenticationTokenException', 'OptInRequired', 'ResourceNotFoundException'],
  ...['UnrecognizedClientException', 'ValidationException'],
]);
const noAwsAccount = /no EC2 IMDS role found|static credentials are empty|missing region/i;

/** Go's words for a field of a secret that is a number, `true` or an object. */
const ofNoText = /\bcannot unmarshal \w+ into Go (?:struct field|value)\b.*\bof type string\b/;

const backEnds: Readonly<Record<string, BackEnd>> = {
  'secretstores.aws.secretmanager': amazon({
    isMissing: (text) =>
      text.includes("ResourceNotFoundException: Secrets Manager can't find the specified secret"),
    codes: ['ResourceNotFoundException'],
    right: 'secretsmanager:GetSecretValue',
  }),
  'secretstores.aws.parameterstore': amazon({
    isMissing: () => true,
    codes: ['ParameterNotFound', 'ParameterVersionNotFound'],
    right: 'ssm:GetParameter',
  }),
  'secretstores.azure.keyvault': {
    isMissing: (text) => /\bRESPONSE 404\b.*\bERROR CODE: SecretNotFound\b/s.test(text),
    isDenied: (text) => /\bRESPONSE 403\b.*\bERROR CODE: (?:Forbidden|AccessDenied)\b/s.test(text),
    isRejected: (text) =>
      /\bERROR CODE: (?:BadParameter|Unauthorized)\b|\bAADSTS(?:700016|7000215|7000222|90002)\b/.test(text),
    rights: "Give the sidecar's identity the role Key Vault Secrets User, or the secret permission Get.",
    settings: "Check the component's vault, tenant and client; names there are letters, digits and hyphens.",
  },
  'secretstores.gcp.secretmanager': {
    isMissing: (text) => /\brpc error: code = NotFound desc = Secret (?:Version )?\[/.test(text),
    isDenied: (text) => /\brpc error: code = PermissionDenied\b/.test(text),
    isRejected: (text) =>
      /\brpc error: code = (?:NotFound|Unauthenticated|FailedPrecondition|InvalidArgument)\b/.test(text),
    rights: "Give the sidecar's service account the role roles/secretmanager.secretAccessor.",
    settings: "Check the component's project and account, and that the secret has an enabled version.",
  },
  'secretstores.hashicorp.vault': {
    isMissing: (text) => /(?:^|\s)secret key or version not exist$/.test(text),
    isDenied: (text) => /\bstatus code 403\b|\bpermission denied\b/.test(text),
    isRejected: (text) => /\bstatus code 400\b/.test(text) || ofNoText.test(text),
    rights: "Give the token a policy with read on the secret's path; a token that has ended is denied too.",
    settings:
      "Check the component's enginePath, vaultKVPrefix and token. Put numbers, true, false and objects in quotes: it reads texts alone.",
  },
  'secretstores.kubernetes': {
    isMissing: (text, name) => text === `secrets "${name}" not found`,
    isDenied: (text) => /^secrets ".*" is forbidden: /s.test(text),
    isRejected: (text) => text === 'Unauthorized' || text.startsWith('namespace is missing '),
    rights: "Let the sidecar's service account get it: a Role with the verb get on secrets.",
    settings: "Check the sidecar's service account and namespace.",
  },
  'secretstores.local.file': {
    isMissing: (text, name) => text === `secret ${name} not found`,
    isDenied: () => false,
    isRejected: () => false,
    rights: '',
    settings: '',
  },
};

/**
 * What the back end means.
 *
 * @param type the component's, such as `secretstores.kubernetes`; when it is unknown, the words of every back end count
 * @param text what the back end itself said: names in daprd's own words around it could be taken for a response
 * @param name the secret's
 */
export function judgeBackEnd(type: string | undefined, text: string, name: string): BackEndVerdict {
  const known = type === undefined ? undefined : backEnds[type.toLowerCase()];
  for (const backEnd of known === undefined ? Object.values(backEnds) : [known]) {
    if (backEnd.isMissing(text, name)) return { kind: 'missing', advice: '' };
    if (backEnd.isDenied(text)) return { kind: 'denied', advice: backEnd.rights };
    if (backEnd.isRejected(text)) return { kind: 'rejected', advice: backEnd.settings };
  }
  return { kind: 'failed', advice: '' };
}

/** What else "there is no such secret" may mean, by the component's type; `''` when nothing else. */
export function alsoMissing(type: string): string {
  switch (type.toLowerCase()) {
    case 'secretstores.aws.secretmanager':
      return ' (a secret of another region looks like that, and a binary one: check the region, and keep the secret as text)';
    case 'secretstores.aws.parameterstore':
      return ' (a parameter of another region looks like that: check the region)';
    case 'secretstores.local.env':
      return ' (daprd before 1.11 ignores the prefix of the component and reads the variable of the name alone)';
    default:
      return '';
  }
}

function amazon(service: {
  readonly isMissing: (text: string) => boolean;
  readonly codes: readonly string[];
  readonly right: string;
}): BackEnd {
  const codeOf = (text: string): string => awsCode.exec(text)?.[1] ?? '';
  return {
    isMissing: (text) => service.codes.includes(codeOf(text)) && service.isMissing(text),
    isDenied: (text) => awsDenials.has(codeOf(text)),
    isRejected: (text) => awsRejections.has(codeOf(text)) || noAwsAccount.test(text),
    rights: `Allow ${service.right} on it in the sidecar's IAM policy, and kms:Decrypt where the key is your own.`,
    settings: "Check the component's region and the sidecar's AWS credentials.",
  };
}
