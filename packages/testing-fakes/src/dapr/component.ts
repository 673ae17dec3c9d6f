/** What a fake component holds: a value, or the fields of a secret with many. */
export type FakeSecret = string | Readonly<Record<string, string>>;

/** One component of a {@link FakeDaprSidecar}, described as in its YAML file. */
export interface FakeDaprComponent {
  /** `metadata.name` of the component file. */
  readonly name: string;
  /** `spec.type`: `secretstores.local.env`, `state.in-memory` and so on. */
  readonly type: string;
  /** `spec.metadata`, by name: `prefix`, `multiValued`, `vaultValueType`, `multipleKeyValuesPerSecret`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What a secret store holds. For `secretstores.local.env`: the environment of the sidecar. */
  readonly secrets?: Readonly<Record<string, FakeSecret>>;
  /** What a state store holds: JSON values by key. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** Names that the sidecar's `secrets.scopes` deny. */
  readonly denied?: readonly string[];
  /** What the back end says to every read, when it is broken. */
  readonly brokenWith?: string | undefined;
  /** What the metadata API says; default as the real component of this type. */
  readonly capabilities?: readonly string[];
}

/** What a component answers to a read: the body's fields, or the back end's error text. */
export type ComponentAnswer =
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'error'; readonly text: string };

const keyVaultName = /^[0-9a-zA-Z-]{1,127}$/;

/** The capabilities that the real component lists (components-contrib 1.18.4). */
export function capabilitiesOf(component: FakeDaprComponent): readonly string[] {
  if (component.capabilities !== undefined) return component.capabilities;
  return isMap(component) && component.type !== 'secretstores.kubernetes'
    ? ['MULTIPLE_KEY_VALUES_PER_SECRET']
    : [];
}

/** Reads a secret in the shape, and with the error text, of the real component (components-contrib 1.18.4). */
export function readSecret(component: FakeDaprComponent, name: string): ComponentAnswer {
  if (component.brokenWith !== undefined) return { kind: 'error', text: component.brokenWith };
  switch (component.type) {
    case 'secretstores.local.env':
      return readEnvironment(component, name);
    case 'secretstores.azure.keyvault':
      if (!keyVaultName.test(name)) return { kind: 'error', text: badKeyVaultName(name) };
  }
  const secret = lookUp(component, name);
  if (secret === undefined) return { kind: 'error', text: missingText(component.type, name) };
  if (typeof secret === 'string') return { kind: 'fields', fields: { [name]: secret } };
  return { kind: 'fields', fields: isMap(component) ? secret : { [name]: JSON.stringify(secret) } };
}

function readEnvironment(component: FakeDaprComponent, name: string): ComponentAnswer {
  const variable = `${component.metadata?.['prefix'] ?? ''}${name}`;
  const refused = /^(DAPR_.*|APP_API_TOKEN)$/i.test(variable);
  const value = refused ? undefined : lookUp(component, variable);
  return { kind: 'fields', fields: { [name]: typeof value === 'string' ? value : '' } };
}

function lookUp(component: FakeDaprComponent, name: string): FakeSecret | undefined {
  const secrets = component.secrets ?? {};
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
}

function isMap(component: FakeDaprComponent): boolean {
  const metadata = component.metadata ?? {};
  switch (component.type) {
    case 'secretstores.kubernetes':
      return true;
    case 'secretstores.hashicorp.vault':
      return metadata['vaultValueType'] !== 'text';
    case 'secretstores.local.file':
      return metadata['multiValued'] === 'true';
    case 'secretstores.aws.secretmanager':
      return metadata['multipleKeyValuesPerSecret'] === 'true';
    default:
      return false;
  }
}

function missingText(type: string, name: string): string {
  switch (type) {
    case 'secretstores.kubernetes':
      return `secrets "${name}" not found`;
    case 'secretstores.hashicorp.vault':
      return 'failed secret key or version not exist';
    case 'secretstores.aws.secretmanager':
      return "couldn't get secret: ResourceNotFoundException: Secrets Manager can't find the specified secret.";
    case 'secretstores.aws.parameterstore':
      return "couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: 1, ParameterNotFound: ";
    case 'secretstores.azure.keyvault':
      return `GET https://my-vault.vault.azure.net/secrets/${name}/: RESPONSE 404: 404 Not Found ERROR CODE: SecretNotFound`;
    case 'secretstores.gcp.secretmanager':
      return `failed to access secret version: rpc error: code = NotFound desc = Secret [${name}] not found`;
    default:
      return `secret ${name} not found`;
  }
}

function badKeyVaultName(name: string): string {
  return `RESPONSE 400: 400 Bad Request ERROR CODE: BadParameter The request URI contains an invalid name: ${name}`;
}
