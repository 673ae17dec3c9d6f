import { describe, expect, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import type { CredentialPlace, DiscoverCredentialsOptions } from '../src/discovery/discovery-settings.ts';
import { InvalidSettingError } from '../src/errors.ts';
import { cached } from '../src/stores/cached.ts';
import { environmentStore } from '../src/stores/environment-store.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import { SecretService, stateStoreConfigs } from '../src/service.ts';

const applicationName = 'postgres-extraction';
const store = memoryStore();

const rejectedOptions: readonly [
  what: string,
  options: Partial<DiscoverCredentialsOptions>,
  words: string,
][] = [
  ['an empty application name', { applicationName: '' }, 'applicationName'],
  ['an application name of spaces', { applicationName: '  ' }, 'applicationName'],
  ['an empty order', { order: [] }, 'order'],
  ['an unknown place', { order: ['vault' as CredentialPlace] }, 'order'],
  ['a place without a name', { order: [{ store } as unknown as CredentialPlace] }, 'order'],
  ['a place whose name is spaces', { order: [{ name: ' ', store }] }, 'order'],
  ['a place without a store', { order: [{ name: 'vault' } as unknown as CredentialPlace] }, 'order'],
  ['a place that is null', { order: [null as unknown as CredentialPlace] }, 'order'],
  ['a component of spaces', { component: ' ' }, 'component'],
  ['a component that no path can name', { component: '..' }, 'component'],
  ['a secret name of spaces', { secretName: ' ' }, 'secretName'],
  ['a secret name that Dapr has for itself', { secretName: 'bulk' }, 'secretName'],
  ['a client id of spaces', { clientId: ' ', clientSecret: 'the-secret' }, 'clientId'],
  ['a client secret of spaces', { clientId: 'the-id', clientSecret: ' ' }, 'clientSecret'],
];

const rejectedVariables: readonly [variable: string, value: string][] = [
  ['WORKER_AUTH_SECRET_COMPONENT', '..'],
  ['WORKER_AUTH_SECRET_NAME', 'bulk'],
  ['ATLAN_DEPLOYMENT_SECRET_COMPONENT', '..'],
  ['ATLAN_DEPLOYMENT_SECRET_COMPONENT', '  '],
  ['ATLAN_DEPLOYMENT_SECRET_NAME', '.'],
  ['ATLAN_DEPLOYMENT_SECRET_NAME', 'bulk'],
  ['ATLAN_DEPLOYMENT_SECRET_NAME', ' '],
  ['ATLAN_DEPLOYMENT_SECRET_PATH', '..'],
];

describe('what cannot be used is rejected when the source is made', () => {
  it.each(rejectedOptions)('%s, with a TypeError that names the option', (_what, options, words) => {
    const make = (): unknown => discoverCredentials({ applicationName, env: {}, ...options });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
  });

  it.each(rejectedVariables)('%s of %j, with an InvalidSettingError that names it', (variable, value) => {
    const make = (): unknown => discoverCredentials({ applicationName, env: { [variable]: value } });
    expect(make).toThrow(InvalidSettingError);
    expect(make).toThrow(`${variable} must be a name that can be asked for, not ${JSON.stringify(value)}.`);
    expect(make).toThrow(
      expect.objectContaining({ code: 'SECRET_STORE_SETTING_INVALID', searchedSources: [] }),
    );
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('a readTimeoutMs of %d, with a RangeError', (readTimeoutMs) => {
    const make = (): unknown => discoverCredentials({ applicationName, env: {}, readTimeoutMs });
    expect(make).toThrow(RangeError);
    expect(make).toThrow('readTimeoutMs');
  });
});

describe('a misspelt option is rejected, with the nearest', () => {
  it.each<readonly [string, () => unknown]>([
    [
      'discoverCredentials has no option applicationname: did you mean applicationName?',
      () => discoverCredentials({ applicationname: 'a' } as unknown as DiscoverCredentialsOptions),
    ],
    ['daprStore has no option componentName', () => daprStore({ componentName: 'vault' } as object)],
    [
      'SecretService has no option readTimeout: did you mean readTimeoutMs?',
      () => new SecretService({ ...{ store, readTimeout: 1 } }),
    ],
    ['cached has no option ttl: did you mean ttlMs?', () => cached(store, { ttl: 1 } as object)],
    [
      'environmentStore has no option prefx: did you mean prefix?',
      () => environmentStore({ prefx: '' } as object),
    ],
    [
      'httpSidecar has no option endPoint: did you mean endpoint?',
      () => httpSidecar({ endPoint: '' } as object),
    ],
    [
      'stateStoreConfigs has no option keys: did you mean key?',
      () => stateStoreConfigs({ sidecar: httpSidecar({ env: {} }), keys: '' } as never),
    ],
  ])('%s', (message, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it.each<readonly [string, () => unknown]>([
    ['onWaiting must be a function; received boolean', () => daprStore({ onWaiting: true } as never)],
    ['The secrets of memoryStore must be an object, by their names', () => memoryStore(new Map() as never)],
  ])('as is one of another type: %s', (message, make) => {
    expect(make).toThrow(new TypeError(message));
  });
});

describe('what can be used is taken', () => {
  it('nothing of the environment is parsed when the credentials are given', () => {
    const env = { ATLAN_DEPLOYMENT_SECRET_NAME: '..', DAPR_HTTP_PORT: 'none' };
    const make = (clientSecret: string | undefined): unknown =>
      discoverCredentials({ applicationName, env, clientId: clientSecret && 'the-id', clientSecret });
    expect(() => make('the-secret')).not.toThrow();
    expect(() => make(undefined)).toThrow(InvalidSettingError);
  });

  it.each<Partial<DiscoverCredentialsOptions>>([
    { component: 'with.dots/and slashes' },
    { secretName: 'a/b.c' },
    { secretName: 'bulk', order: ['environment'] },
    { clientId: '', clientSecret: '' },
    { env: { ATLAN_DEPLOYMENT_SECRET_COMPONENT: '', ATLAN_DEPLOYMENT_SECRET_NAME: '' } },
  ])('%j', (options) => {
    expect(() => discoverCredentials({ applicationName, env: {}, ...options })).not.toThrow();
  });
});
