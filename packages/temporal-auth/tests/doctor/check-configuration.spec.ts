import { describe, expect, it } from 'vitest';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import { checkConfiguration } from '../../src/doctor/check-configuration.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { chain, clientSecret, environment } from '@worker-auth/calls/settings/credentials';
import { examined } from '../support/examined.ts';

const keys = 'the keys postgres_extraction_client_id and postgres_extraction_client_secret are looked for';
const inStore = (secret: string, component: string, address: string, from: string): string =>
  `${keys} in the environment, and in secret "${secret}" of component "${component}" at ${address} (${from})`;
const usual = inStore(
  ...([
    'atlan-deployment-secrets" or "ATLAN_DEPLOYMENT_SECRETS',
    'deployment-secret-store',
    'http://127.0.0.1:3500',
  ] as const),
  'sidecar: default, component: default, secret: default',
);
const inSecret = 'the credentials name the token endpoint (atlan_auth_url)';
const switchedOn = { applicationName: 'postgres-extraction', authEnabled: true };
const neutral = { WORKER_AUTH_CLIENT_ID: 'id', WORKER_AUTH_CLIENT_SECRET: 'secret' };
const credentials = { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined };

describe('the configuration is shown with where it comes from', () => {
  it.each<[CheckName, DiagnoseOptions, string]>([
    ['application', { applicationName: 'a' }, 'the application is "a" (option applicationName)'],
    // The program has the name in its code.
    [
      'application',
      { env: { ATLAN_c_d_client_id: 'id', ATLAN_C_D_CLIENT_ID: 'id', ATLAN_e_client_id: '' } },
      'the application is "c_d" (ATLAN_c_d_client_id)',
    ],
    [
      'temporal-setting',
      { ...switchedOn, env: { TEMPORAL_ADDRESS: 'theirs:1', TEMPORAL_NAMESPACE: 'ours' } },
      'Temporal is theirs:1, namespace "ours" (host: TEMPORAL_ADDRESS; port: TEMPORAL_ADDRESS; namespace: TEMPORAL_NAMESPACE)',
    ],
    [
      'temporal-setting',
      { ...switchedOn, env: { ATLAN_TEMPORAL_HOST: 'theirs:1', ATLAN_WORKFLOW_HOST: 'theirs' } },
      'Temporal is theirs:1, namespace "default" (host: ATLAN_TEMPORAL_HOST, application-sdk; port: ATLAN_TEMPORAL_HOST, application-sdk; namespace: default)',
    ],
    [
      'authentication',
      { env: { ATLAN_WORKFLOW_AUTH_ENABLED: '', ATLAN_AUTH_ENABLED: 'true' } },
      'authentication is on (ATLAN_AUTH_ENABLED, application-sdk)',
    ],
    [
      'credentials-setting',
      { env: { ...neutral, WORKER_AUTH_ISSUER: 'https://auth.example/a?b' } },
      'the issuer https://auth.example/a (WORKER_AUTH_ISSUER) names the endpoint; the credentials come from WORKER_AUTH_CLIENT_ID',
    ],
    [
      'credentials-setting',
      { env: { ...neutral, WORKER_AUTH_METADATA_URL: 'https://auth.example/a?b' } },
      'the metadata at https://auth.example/a (WORKER_AUTH_METADATA_URL) names the endpoint; the credentials come from WORKER_AUTH_CLIENT_ID',
    ],
    [
      'credentials-setting',
      { credentials: clientSecret({ id: 'a', secret: 'b', tokenUrl: 'https://auth.example/token?key=1' }) },
      'token endpoint: https://auth.example/token (option tokenUrl); the credentials come from option credentials',
    ],
    [
      'credentials-setting',
      { ...switchedOn, env: { ATLAN_AUTH_URL: 'https://auth.example/token' } },
      `token endpoint: https://auth.example/token (ATLAN_AUTH_URL, application-sdk); ${usual}`,
    ],
    [
      'credentials-setting',
      { ...switchedOn, credentials },
      `${inSecret}; the credentials come from option credentials`,
    ],
    [
      'credentials-setting',
      {
        ...switchedOn,
        credentials: chain(environment({ application: switchedOn.applicationName }), credentials),
      },
      `${inSecret}; ${keys}, and no sidecar is asked`,
    ],
    ['credentials-setting', { env: neutral }, `${inSecret}; the credentials come from WORKER_AUTH_CLIENT_ID`],
    ['application', { env: neutral }, 'no application is named, and none has to be (WORKER_AUTH_CLIENT_ID)'],
    ['authentication', { env: neutral }, 'authentication is on (WORKER_AUTH_CLIENT_ID)'],
    ['credentials-setting', switchedOn, `${inSecret}; ${usual}`],
    ['credentials-setting', { authEnabled: true }, `${inSecret}; whose credentials are used is not known`],
    [
      'credentials-setting',
      {
        ...switchedOn,
        env: {
          ...{ DAPR_HTTP_PORT: '1', ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'c' },
          ATLAN_DEPLOYMENT_SECRET_PATH: 'd',
        },
      },
      `${inSecret}; ` +
        inStore(
          ...(['d', 'c', 'http://127.0.0.1:1'] as const),
          'sidecar: DAPR_HTTP_PORT, component: ATLAN_DEPLOYMENT_SECRET_COMPONENT, secret: ATLAN_DEPLOYMENT_SECRET_PATH',
        ),
    ],
    [
      'credentials-setting',
      { ...switchedOn, env: { DAPR_HTTP_ENDPOINT: 'http://a:1', ATLAN_DEPLOYMENT_SECRET_NAME: 'd' } },
      `${inSecret}; ` +
        inStore(
          ...(['d', 'deployment-secret-store', 'http://a:1'] as const),
          'sidecar: DAPR_HTTP_ENDPOINT, component: default, secret: ATLAN_DEPLOYMENT_SECRET_NAME',
        ),
    ],
    [
      'temporal-setting',
      {},
      'Temporal is localhost:7233, namespace "default" (host: default; port: default; namespace: default)',
    ],
    [
      'temporal-setting',
      {
        profile: true,
        env: {
          ...{ ATLAN_WORKFLOW_HOST: 'a', ATLAN_WORKFLOW_PORT: '1', ATLAN_WORKFLOW_NAMESPACE: 'b' },
          ...{ TEMPORAL_CONFIG_FILE: '/nowhere', TEMPORAL_API_KEY: 'key' },
        },
      },
      'Temporal is a:1, namespace "b" (host: ATLAN_WORKFLOW_HOST, application-sdk; port: ATLAN_WORKFLOW_PORT, application-sdk; namespace: ATLAN_WORKFLOW_NAMESPACE, application-sdk; then the profile)',
    ],
  ])('%s: %j', async (name, options, description) => {
    const check = await examined(checkConfiguration, options);
    expect(check(name)).toEqual({ description, result: 'success' });
  });
});

describe('authentication', () => {
  it('that is on leaves the key of a profile out', async () => {
    const env = { TEMPORAL_API_KEY: 'key', TEMPORAL_CONFIG_FILE: '/nowhere' };
    const keyOf = async (authEnabled: boolean): Promise<unknown> => {
      let read: DiagnosisContext | undefined;
      await examined(
        async (scene) => {
          read = scene;
          await checkConfiguration(scene);
        },
        { applicationName: 'a', authEnabled, profile: true, env },
      );
      return read?.temporal?.tokens?.peek();
    };
    expect([await keyOf(true), await keyOf(false)]).toEqual([undefined, 'key']);
  });
});

it('Temporal cannot be reached by the way that is set', async () => {
  const options = { host: 'fd00::1', proxy: 'http://proxy.example:1' };
  const check = await examined(checkConfiguration, options);
  expect(check('temporal-setting')).toMatchObject({
    result: 'error',
    code: 'TEMPORAL_AUTH_SETTING_REJECTED',
  });
  expect(check('temporal-setting').error).toContain('reaches no IPv6 address through a proxy');
});
