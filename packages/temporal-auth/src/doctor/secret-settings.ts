import { applicationKey, daprStore, type DaprStore } from '@worker-auth/secret-store';
import type { ApplicationCredentialSource } from '../settings/auth-options.ts';
import { credentialSource } from '../tokens/credentials.ts';
import type { Found } from './examination.ts';
import { originOf } from './origin.ts';
import type { DiagnosisScene } from './scene.ts';

/** Where credentials are looked for. */
export interface SecretSettings {
  readonly source: ApplicationCredentialSource;
  /** The component that may have them; `undefined` when no sidecar is asked. */
  readonly store: DaprStore | undefined;
  readonly secretName: string;
}

const componentVariable = 'ATLAN_DEPLOYMENT_SECRET_COMPONENT';
const secretVariables = ['ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'] as const;

/** @throws what `discoverCredentials` throws for settings that make no sense */
export function readSecretSettings(scene: DiagnosisScene, applicationName: string): Found<SecretSettings> {
  const { options, env, timeoutMs, clock } = scene;
  const { discovery, credentials, clientId } = options;
  // A client waits longer for its sidecar than anybody waits for a diagnosis.
  const dapr = { ...discovery?.dapr, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  const named = { ...options, applicationName };
  if (credentials !== undefined || clientId !== undefined) {
    const source = credentialSource(named, env, ignoreWaiting);
    const description = `the credentials come from the option ${credentials === undefined ? 'clientId' : 'credentials'}`;
    return { value: { source, store: undefined, secretName: '' }, description };
  }
  const source = credentialSource({ ...named, discovery: { ...discovery, dapr } }, env, ignoreWaiting);
  const key = applicationKey(applicationName);
  const keys = `${key}_client_id and ${key}_client_secret`;
  if (discovery?.order?.includes('dapr') === false) {
    const description = `the keys ${keys} are looked for, and no sidecar is asked (option discovery.order)`;
    return { value: { source, store: undefined, secretName: '' }, description };
  }
  const component = discovery?.component ?? (env[componentVariable] || 'deployment-secret-store');
  const secretName =
    discovery?.secretName ??
    secretVariables.map((name) => env[name]).find(Boolean) ??
    'atlan-deployment-secrets';
  const store = daprStore({ ...dapr, env, component, clock });
  const from = [
    `sidecar: ${sidecarOrigin(scene)}`,
    `component: ${originOf('discovery.component', discovery?.component, componentVariable, env)}`,
    `secret: ${originOf('discovery.secretName', discovery?.secretName, secretVariables, env)}`,
  ];
  return {
    value: { source, store, secretName },
    description:
      `the keys ${keys} are looked for in the environment, and in secret "${secretName}" of component "${component}" ` +
      `at ${store.sidecar.address} (${from.join(', ')})`,
  };
}

function sidecarOrigin({ options, env }: DiagnosisScene): string {
  const { endpoint, sidecar } = options.discovery?.dapr ?? {};
  if (sidecar !== undefined) return 'option discovery.dapr.sidecar';
  const from = originOf('discovery.dapr.endpoint', endpoint, 'DAPR_HTTP_ENDPOINT', env);
  return from === 'default' ? originOf('', undefined, 'DAPR_HTTP_PORT', env) : from;
}

function ignoreWaiting(): void {
  // The time of each step is short.
}
