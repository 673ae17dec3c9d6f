import { join } from 'node:path';
import { TestCertificateFolder, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { CheckName } from '../../src/doctor/catalogue.ts';
import { authOrigin, checkConfiguration, checkTrust } from '../../src/doctor/check-configuration.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { chain, clientSecret, environment } from '../../src/settings/credentials.ts';
import { examined } from '../support/examined.ts';

const keys = 'the keys postgres_extraction_client_id and postgres_extraction_client_secret are looked for';
const inStore = (secret: string, component: string, address: string, from: string): string =>
  `${keys} in the environment, and in secret "${secret}" of component "${component}" at ${address} (${from})`;
const usual = inStore(
  ...(['atlan-deployment-secrets', 'deployment-secret-store', 'http://127.0.0.1:3500'] as const),
  'sidecar: default, component: default, secret: default',
);
const switchedOn = { applicationName: 'postgres-extraction', authEnabled: true };
const neutral = { WORKER_AUTH_CLIENT_ID: 'id', WORKER_AUTH_CLIENT_SECRET: 'secret' };
const credentials = { get: () => Promise.reject(new Error('asked')), invalidate: () => undefined };

describe('the configuration is shown with where it comes from', () => {
  it.each<[CheckName, DiagnoseOptions, string]>([
    ['application', { applicationName: 'a' }, 'the application is "a" (option applicationName)'],
    [
      'application',
      { env: { ATLAN_APPLICATION_NAME: 'b' } },
      'the application is "b" (ATLAN_APPLICATION_NAME)',
    ],
    // The program has the name in its code.
    [
      'application',
      { env: { ATLAN_c_d_client_id: 'id', ATLAN_C_D_CLIENT_ID: 'id', ATLAN_e_client_id: '' } },
      'the application is "c_d" (ATLAN_c_d_client_id)',
    ],
    [
      'temporal-setting',
      { ...switchedOn, env: { TEMPORAL_ADDRESS: 'theirs:1', TEMPORAL_NAMESPACE: 'ours' } },
      'Temporal is theirs:1, namespace "ours" (host: TEMPORAL_ADDRESS, neutral; port: TEMPORAL_ADDRESS, neutral; namespace: TEMPORAL_NAMESPACE, neutral)',
    ],
    [
      'temporal-setting',
      { ...switchedOn, env: { ATLAN_TEMPORAL_HOST: 'theirs:1', ATLAN_WORKFLOW_HOST: 'theirs' } },
      'Temporal is theirs:1, namespace "default" (host: ATLAN_TEMPORAL_HOST, application-sdk 3; port: ATLAN_TEMPORAL_HOST, application-sdk 3; namespace: default)',
    ],
    ['authentication', { authEnabled: true }, 'authentication is on (option authEnabled)'],
    ['authentication', { authEnabled: false }, 'authentication is off (option authEnabled)'],
    [
      'authentication',
      { env: { ATLAN_WORKFLOW_AUTH_ENABLED: 'false' } },
      'authentication is off (ATLAN_WORKFLOW_AUTH_ENABLED, application-sdk 2)',
    ],
    [
      'token-endpoint-setting',
      { ...switchedOn, env: { ATLAN_WORKFLOW_AUTH_URL: 'https://auth.example/a' } },
      'token endpoint: https://auth.example/a (ATLAN_WORKFLOW_AUTH_URL, application-sdk 2)',
    ],
    [
      'authentication',
      { env: { ATLAN_WORKFLOW_AUTH_ENABLED: '', ATLAN_AUTH_ENABLED: 'true' } },
      'authentication is on (ATLAN_AUTH_ENABLED, application-sdk 3)',
    ],
    [
      'token-endpoint-setting',
      { env: { ...neutral, WORKER_AUTH_ISSUER: 'https://auth.example/a?b' } },
      'the issuer https://auth.example/a names the endpoint (WORKER_AUTH_ISSUER, neutral)',
    ],
    ['token-endpoint-setting', switchedOn, 'the credentials name the token endpoint (atlan_auth_url)'],
    [
      'token-endpoint-setting',
      { credentials: clientSecret({ id: 'a', secret: 'b', tokenUrl: 'https://auth.example/token?key=1' }) },
      'token endpoint: https://auth.example/token (option tokenUrl)',
    ],
    [
      'token-endpoint-setting',
      { ...switchedOn, authUrl: 'https://auth.example/token' },
      'token endpoint: https://auth.example/token (option authUrl)',
    ],
    [
      'token-endpoint-setting',
      { ...switchedOn, env: { ATLAN_AUTH_URL: 'https://auth.example/token' } },
      'token endpoint: https://auth.example/token (ATLAN_AUTH_URL, application-sdk 3)',
    ],
    ['secret-store-setting', { ...switchedOn, credentials }, 'the credentials come from option credentials'],
    [
      'secret-store-setting',
      { ...switchedOn, clientId: 'a', clientSecret: 'b' },
      'the credentials come from option clientId',
    ],
    [
      'secret-store-setting',
      {
        ...switchedOn,
        credentials: chain(environment({ application: switchedOn.applicationName }), credentials),
      },
      `${keys}, and no sidecar is asked`,
    ],
    ['secret-store-setting', { env: neutral }, 'the credentials come from WORKER_AUTH_CLIENT_ID'],
    ['application', { env: neutral }, 'no application is named, and none has to be (WORKER_AUTH_CLIENT_ID)'],
    ['authentication', { env: neutral }, 'authentication is on (WORKER_AUTH_CLIENT_ID, neutral)'],
    ['secret-store-setting', switchedOn, usual],
    [
      'secret-store-setting',
      {
        ...switchedOn,
        env: {
          ...{ DAPR_HTTP_PORT: '1', ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'c' },
          ATLAN_DEPLOYMENT_SECRET_PATH: 'd',
        },
      },
      inStore(
        ...(['d', 'c', 'http://127.0.0.1:1'] as const),
        'sidecar: DAPR_HTTP_PORT, component: ATLAN_DEPLOYMENT_SECRET_COMPONENT, secret: ATLAN_DEPLOYMENT_SECRET_PATH',
      ),
    ],
    [
      'secret-store-setting',
      { ...switchedOn, env: { DAPR_HTTP_ENDPOINT: 'http://a:1', ATLAN_DEPLOYMENT_SECRET_NAME: 'd' } },
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
      { profile: false, host: 'a', port: 1, namespace: 'b' },
      'Temporal is a:1, namespace "b" (host: option host; port: option port; namespace: option namespace)',
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
      'Temporal is a:1, namespace "b" (host: ATLAN_WORKFLOW_HOST, application-sdk 2; port: ATLAN_WORKFLOW_PORT, application-sdk 2; namespace: ATLAN_WORKFLOW_NAMESPACE, application-sdk 2; then the profile)',
    ],
  ])('%s: %j', async (name, options, description) => {
    const check = await examined(checkConfiguration, options);
    expect(check(name)).toEqual({ description, result: 'success' });
  });
});

describe('authentication', () => {
  it('that nobody switched on is warned of', async () => {
    const check = await examined(checkConfiguration);
    expect(check('authentication')).toEqual({
      ...{ description: 'authentication is off (default)', result: 'warning' },
      code: 'TEMPORAL_AUTH_SWITCHED_OFF',
      error: 'No credentials are configured. Set WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET.',
    });
  });

  it.each<[string, DiagnoseOptions, string, string, boolean]>([
    ['is off', { authEnabled: false }, 'authentication is off', 'authentication is off', false],
    [
      'is a token of a file',
      { ...switchedOn, tokenFile: '/a' },
      'the token comes from a file',
      'not checked',
      true,
    ],
  ])('that %s needs no credentials', async (_what, options, ofCredentials, ofToken, authEnabled) => {
    let read: DiagnosisContext | undefined;
    const check = await examined(async (scene) => {
      read = scene;
      await checkConfiguration(scene);
    }, options);
    expect(read).toMatchObject({ authEnabled, temporal: { tokens: undefined } });
    expect([read?.client, read?.source]).toEqual([undefined, undefined]);
    for (const name of ['token-endpoint-setting', 'secret-store-setting', 'sidecar', 'endpoint-dns'] as const)
      expect(check(name)).toMatchObject({
        ...{
          result: 'skipped',
          description: expect.stringMatching(
            new RegExp(`: ${ofCredentials.replace(/[()]/g, '.')}$`),
          ) as string,
        },
      });
    expect(check('token-type').description).toContain(`: ${ofToken}`);
  });

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

  it('says what it comes from', () => {
    const originWith = (env: Readonly<Record<string, string>>) => authOrigin(new DiagnosisContext({ env }));
    expect(originWith({})).toBe('default');
    expect(originWith({ ATLAN_AUTH_ENABLED: 'on' })).toBe('ATLAN_AUTH_ENABLED');
  });
});

describe('a sidecar', () => {
  it('is not needed where it is not in the order', async () => {
    let read: DiagnosisContext | undefined;
    await examined(
      async (scene) => {
        read = scene;
        await checkConfiguration(scene);
      },
      { ...switchedOn, credentials: chain(environment({ application: switchedOn.applicationName })) },
    );
    await expect(read?.source?.get()).rejects.toThrow('postgres_extraction_client_id');
    expect(read?.secret).toBeUndefined();
  });

  it('is waited for as long as one step, and no longer', async () => {
    let read: DiagnosisContext | undefined;
    await examined(
      async (scene) => {
        read = scene;
        await checkConfiguration(scene);
      },
      { ...switchedOn, timeoutMs: 20, env: { DAPR_HTTP_PORT: '1' } },
    );
    const startMs = performance.now();
    await expect(read?.source?.get()).rejects.toThrow('127.0.0.1:1');
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(read?.secret).toMatchObject({ name: 'atlan-deployment-secrets' });
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

describe('the trusted certificates', () => {
  const { ca } = testCertificates();

  async function trusted(options: DiagnoseOptions) {
    let scene: DiagnosisContext | undefined;
    const check = await examined(async (made) => {
      scene = made;
      await checkTrust(made);
    }, options);
    return { finding: check('trusted-certificates'), scene };
  }

  it.each([
    [{}, "this host's certificates are trusted"],
    [{ ca }, '1 certificates are trusted'],
    [{ ca: `${ca}\n${ca}` }, '2 certificates are trusted'],
  ])('are counted: %#', async (options, description) => {
    const { finding, scene } = await trusted(options);
    expect(finding).toEqual({ description, result: 'success' });
    expect(scene?.options).toEqual({ env: {}, ...options });
  });

  it('are those without the variables that name no certificates', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    const { keyFile, caFile } = folder.files;
    const missing = join(keyFile, '..', 'missing');
    // Of these the shell sets one, and no message names them.
    const others = { _: '/bin/node', PEM: 'a', CERT: '' };
    const env = { NODE_EXTRA_CA_CERTS: missing, SSL_CERT_FILE: keyFile, ...others };
    const { finding, scene } = await trusted({ env });
    expect(finding).toEqual({
      ...{ description: 'the trusted certificates can be read', result: 'error' },
      code: 'DOCTOR_CERTIFICATES_UNREADABLE',
      error: `SSL_CERT_FILE names ${keyFile}, which holds no certificate in PEM form; NODE_EXTRA_CA_CERTS names ${missing}, which does not exist. Correct it, or leave it out. The other checks are made without it.`,
    });
    expect(scene?.env).toEqual(others);
    expect(scene?.options.env).toBe(scene?.env);
    const one = await trusted({ env: { SSL_CERT_FILE: missing, NODE_EXTRA_CA_CERTS: caFile } });
    expect(one.scene?.env).toEqual({ NODE_EXTRA_CA_CERTS: caFile });
    const lower = await trusted({ env: { ssl_cert_file: missing, SSL_CERT_FILE: '' } });
    expect(lower.finding.error).toContain(`ssl_cert_file names ${missing}, which does not exist.`);
  });

  it('are those without a ca that is none', async () => {
    const env = { SSL_CERT_FILE: '/nowhere', CA: '' };
    const { finding, scene } = await trusted({ ca: 'no PEM', env, host: 'a' });
    expect(finding.error).toBe(
      'ca must be certificates in PEM form. Correct it, or leave it out. The other checks are made without it.',
    );
    expect(scene?.options).toMatchObject({ ca: undefined, host: 'a' });
    expect(scene?.env).toEqual(env);
  });
});
