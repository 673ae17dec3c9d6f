import {
  anything,
  callback,
  type Checks,
  either,
  isText,
  oneOf,
  options,
  recordOf,
  text,
  texts,
} from '../given/check-given.ts';
import { hintAt, nearestName } from '@worker-auth/ports/nearest-name';
import type { FakeDaprComponent } from './component.ts';
import type { SecretScope } from './secret-scope.ts';

/** The secret stores of daprd 1.18; see components-contrib. */
const secretStores = [
  'secretstores.local.env',
  'secretstores.local.file',
  'secretstores.kubernetes',
  'secretstores.hashicorp.vault',
  'secretstores.aws.secretmanager',
  'secretstores.aws.parameterstore',
  'secretstores.azure.keyvault',
  'secretstores.gcp.secretmanager',
  'secretstores.alicloud.parameterstore',
  'secretstores.huaweicloud.csms',
  'secretstores.tencentcloud.ssm',
  'secretstores.akeyless',
];

/** What a type begins with that is no secret store; what follows is not looked at. */
const otherKinds =
  /^(?:state|pubsub|bindings|configuration|lock|crypto|conversation|middleware|nameresolution|workflow)\../;

/** What of `spec.metadata` the fake acts upon. Of the rest, which real components have, it knows nothing. */
const metadataNames = [
  'prefix',
  'multiValued',
  'nestedSeparator',
  'vaultValueType',
  'multipleKeyValuesPerSecret',
];

const componentChecks: Checks<FakeDaprComponent> = {
  name: text,
  type: text,
  metadata: checkMetadata,
  secrets: recordOf(anything),
  state: recordOf(anything),
  scope: options<SecretScope>({
    defaultAccess: oneOf(['allow', 'deny']),
    allowedSecrets: texts,
    deniedSecrets: texts,
  }),
  brokenWith: either(isText, anything, callback),
  capabilities: texts,
};

/**
 * @throws TypeError for an option, a type or a name of `metadata` that there is not, with the nearest name. A pluggable component, whose
 *   type may be any, is known by its `capabilities`
 */
export function checkComponent(name: string, value: unknown): void {
  options(componentChecks)(name, value);
  const { type, capabilities } = value as FakeDaprComponent;
  if (capabilities !== undefined || secretStores.includes(type) || otherKinds.test(type)) return;
  throw new TypeError(
    `Dapr has no component type "${type}": ${hintAt(type, secretStores)} (one of your own says its capabilities)`,
  );
}

function checkMetadata(name: string, value: unknown): void {
  recordOf(text)(name, value);
  for (const key of Object.keys(value as object)) {
    const nearest = metadataNames.includes(key) ? undefined : nearestName(key, metadataNames);
    if (nearest !== undefined) throw new TypeError(`${name} has no ${key}: did you mean ${nearest}?`);
  }
}
