import { daprStore, type DaprStore, resolveDiscovery } from '@worker-auth/secret-store';
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

/** @throws what `discoverCredentials` throws for settings that make no sense */
export function readSecretSettings(
  { options, env, timeoutMs, clock }: DiagnosisScene,
  applicationName: string,
): Found<SecretSettings> {
  const { discovery, credentials, clientId } = options;
  // A client waits longer for its sidecar than anybody waits for a diagnosis.
  const dapr = { ...discovery?.dapr, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  const named = { ...options, applicationName };
  if (credentials !== undefined || clientId !== undefined) {
    const source = credentialSource(named, env, () => undefined);
    const description = `the credentials come from the option ${credentials === undefined ? 'clientId' : 'credentials'}`;
    return { value: { source, store: undefined, secretName: '' }, description };
  }
  const source = credentialSource({ ...named, discovery: { ...discovery, dapr } }, env, () => undefined);
  const { keys, secretName, order } = resolveDiscovery({ ...discovery, applicationName, env });
  const looked = `the keys ${keys.clientId} and ${keys.clientSecret} are looked for`;
  if (!order.includes('dapr')) {
    const description = `${looked}, and no sidecar is asked (option discovery.order)`;
    return { value: { source, store: undefined, secretName }, description };
  }
  const store = daprStore({ ...dapr, env, component: discovery?.component, clock });
  const from = (option: string, given: unknown, ...variables: string[]): string =>
    originOf(`discovery.${option}`, given, variables, env);
  const { sidecar, endpoint } = discovery?.dapr ?? {};
  const way = sidecar === undefined ? 'dapr.endpoint' : 'dapr.sidecar';
  const origins = [
    `sidecar: ${from(way, sidecar ?? endpoint, 'DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT')}`,
    `component: ${from('component', discovery?.component, 'ATLAN_DEPLOYMENT_SECRET_COMPONENT')}`,
    `secret: ${from('secretName', discovery?.secretName, 'ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH')}`,
  ];
  return {
    value: { source, store, secretName },
    description:
      `${looked} in the environment, and in secret "${secretName}" of component "${store.configuredName}" ` +
      `at ${store.sidecar.address} (${origins.join(', ')})`,
  };
}
