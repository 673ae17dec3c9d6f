import type { SecretScope } from './secret-scope.ts';

/**
 * What a fake component holds: a value, or the fields of a secret with many. Only the file of `secretstores.local.file` nests deeper, and
 * holds what is no text.
 */
export type FakeSecret =
  | string
  | number
  | boolean
  | null
  | readonly FakeSecret[]
  | { readonly [name: string]: FakeSecret };

/** One component of a `FakeDaprSidecar`, described as in its YAML file. */
export interface FakeDaprComponent {
  /** `metadata.name` of the component file. */
  readonly name: string;
  /** `spec.type`: `secretstores.local.env`, `state.in-memory` and so on. */
  readonly type: string;
  /** `spec.metadata`, by name: `prefix`, `multiValued`, `nestedSeparator`, `vaultValueType`, `multipleKeyValuesPerSecret`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What a secret store holds. For `secretstores.local.env`: the environment of the sidecar. */
  readonly secrets?: Readonly<Record<string, FakeSecret>>;
  /** What a state store holds: JSON values by key. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** What the sidecar's Configuration says about this store. Default: all may be read. */
  readonly scope?: SecretScope;
  /** What the back end says to a read when it is broken, or to that of each name; see `daprBackEndErrors`. */
  readonly brokenWith?: BackEndFailure | undefined;
  /** What the metadata API says; default as the real component of this type. */
  readonly capabilities?: readonly string[];
}

/** The text of a back end's error; of a function, `undefined` for a name that can be read. The name is `''` for all at once. */
export type BackEndFailure = string | ((name: string) => string | undefined);

/** Whose behaviour a fake sidecar has. */
export type DaprVersion = '1.9.6' | '1.14.0' | '1.18.3';

/** The capabilities that the real component lists. */
export function capabilitiesOf(component: FakeDaprComponent, version: DaprVersion): readonly string[] {
  if (component.capabilities !== undefined) return component.capabilities;
  // 1.9.6 claims it for Vault's texts too.
  const isOldVault = version === '1.9.6' && component.type === 'secretstores.hashicorp.vault';
  const isMap = isOldVault || holdsMaps(component);
  return isMap && component.type !== 'secretstores.kubernetes' ? ['MULTIPLE_KEY_VALUES_PER_SECRET'] : [];
}

/** Whether a secret of the component is a map of fields. */
export function holdsMaps({ type, metadata = {} }: FakeDaprComponent): boolean {
  switch (type) {
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
