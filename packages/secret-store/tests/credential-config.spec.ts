import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type DaprSidecar, httpSidecar, memoryStore, type SecretStore } from '../src/index.ts';
import {
  type CredentialConfig,
  InvalidCredentialConfigError,
  SecretService,
  type SecretServiceOptions,
  stateStoreConfigs,
} from '../src/service.ts';
import { rejection } from './support.ts';

const fields = { username: 'the-user', password: 'the-password' };
const store = memoryStore({ guid: fields, bulk: { password: 'of-bulk' } });

function over(config: CredentialConfig, options: Partial<SecretServiceOptions> = {}): SecretService {
  const credentialConfigs = { get: () => Promise.resolve(config) };
  return new SecretService({ store, credentialConfigs, ...options });
}

/** A sidecar in this process whose state stores have one value, and what it was asked for. */
function stateSidecar(value: unknown): { readonly sidecar: DaprSidecar; readonly asked: string[] } {
  const asked: string[] = [];
  const getState = (component: string, key: string): Promise<unknown> => {
    asked.push(`${component}/${key}`);
    return Promise.resolve(value);
  };
  return { sidecar: { ...httpSidecar({ env: {} }), getState }, asked };
}

describe('stateStoreConfigs', () => {
  it('asks the component statestore for credential_<guid>', async () => {
    const { sidecar, asked } = stateSidecar({ host: 'db' });
    expect(await stateStoreConfigs({ sidecar }).get('guid')).toEqual({ host: 'db' });
    expect(asked).toEqual(['statestore/credential_guid']);
  });

  it('asks the component, and for the key, that is given', async () => {
    const { sidecar, asked } = stateSidecar({ host: 'db' });
    await stateStoreConfigs({ sidecar, component: 'mine', key: (guid) => `of-${guid}` }).get('guid');
    expect(asked).toEqual(['mine/of-guid']);
  });

  it('has nothing where there is no state', async () => {
    expect(await stateStoreConfigs({ sidecar: stateSidecar(undefined).sidecar }).get('guid')).toBeUndefined();
  });

  it.each(['text', '["host"]'])('rejects the text %j, by the credential’s name', async (value) => {
    const error = await rejection(stateStoreConfigs({ sidecar: stateSidecar(value).sidecar }).get('guid'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_SECRET_INVALID' });
    expect(String(error)).toContain('The configuration of the credential "guid" is not a JSON object');
  });
});

describe('a configuration of a source of one’s own', () => {
  it.each([null, 'text', ['host']])('that is %j is rejected, by the credential’s name', async (given) => {
    const error = await rejection(over(given as unknown as CredentialConfig).getCredentials('guid'));
    expect(error).toBeInstanceOf(InvalidCredentialConfigError);
    expect(String(error)).toContain('The configuration of the credential "guid" is not a JSON object');
  });
});

describe('a configuration that is not direct', () => {
  it('has references in its texts and below extra, wherever they are', async () => {
    const config = {
      credentialSource: 'x',
      user: 'username',
      list: ['username'],
      extra: { a: null, b: 5, c: [{ d: 'password' }], e: 'constructor' },
    };
    expect(await over(config).getCredentials('guid')).toEqual({
      ...config,
      user: 'the-user',
      extra: { a: null, b: 5, c: [{ d: 'the-password' }], e: 'constructor' },
    });
  });

  it('has a reference in an extra that is a text', async () => {
    const config = { credentialSource: 'x', extra: 'password' };
    expect(await over(config).getCredentials('guid')).toEqual({ ...config, extra: 'the-password' });
  });
});

describe('the secret of a configuration', () => {
  it('may have a name that Dapr has for itself when the store is not Dapr’s', async () => {
    const config = { 'secret-path': 'bulk' };
    expect(await over(config).getCredentials('guid')).toEqual({ ...config, password: 'of-bulk' });
  });

  it('is that of the secret-path without the white space around it', async () => {
    const config = { 'secret-path': ' bulk ' };
    expect(await over(config).getCredentials('guid')).toMatchObject({ password: 'of-bulk' });
  });

  it.each([5, ''])('is rejected by the name of the setting when the secret-path is %j', async (path) => {
    const error = await rejection(over({ 'secret-path': path }).getCredentials('guid'));
    expect(error).toBeInstanceOf(InvalidCredentialConfigError);
    expect(String(error)).toContain('has no text in secret-path');
  });

  it('that is not there is told by its name', async () => {
    expect(String(await rejection(over({ 'secret-path': 'none' }).getCredentials('guid')))).toContain(
      'secret store: there is no secret "none"',
    );
  });
});

describe('the deadlines and the caller of a service', () => {
  it('a source of configurations is given up after readTimeoutMs', async () => {
    const clock = new FakeClock();
    const credentialConfigs = { get: () => new Promise<CredentialConfig>(() => undefined) };
    const service = new SecretService({ store, credentialConfigs, readTimeoutMs: 1_000, clock });
    const outcome = rejection(service.getCredentials('guid'));
    await clock.advance(1_000);
    const error = await outcome;
    expect(error).toMatchObject({ code: 'SECRET_STORE_TIMEOUT' });
    expect(String(error)).toContain('source of credential configurations: no response within 1000 ms');
  });

  it('a readTimeoutMs of 0 is rejected by its name', () => {
    expect(() => over({}, { readTimeoutMs: 0 })).toThrow('readTimeoutMs');
  });

  it.each<[what: string, call: (service: SecretService, signal: AbortSignal) => Promise<unknown>]>([
    ['getSecret', (service, signal) => service.getSecret({ secretKey: 'guid', signal })],
    ['getCredentials', (service, signal) => service.getCredentials('guid', { signal })],
  ])('a caller of %s that leaves gets its own reason, and ends the read', async (_what, call) => {
    let read: AbortSignal | undefined;
    const leaving = new AbortController();
    const reason = new Error('left');
    const own: SecretStore = {
      get: (_name, options) => {
        read = options?.signal;
        leaving.abort(reason);
        return new Promise(() => undefined);
      },
    };
    expect(await rejection(call(over({}, { store: own }), leaving.signal))).toBe(reason);
    expect(read?.aborted).toBe(true);
  });

  it('a caller that leaves while the configuration is read gets its own reason', async () => {
    const leaving = new AbortController();
    const reason = new Error('left');
    const credentialConfigs = {
      get: () => {
        leaving.abort(reason);
        return Promise.reject(new Error('its own'));
      },
    };
    const service = over({}, { credentialConfigs });
    expect(await rejection(service.getCredentials('guid', { signal: leaving.signal }))).toBe(reason);
  });
});

describe('a store that only looks like Dapr’s', () => {
  it.each([{ getFrom: () => undefined }, { sidecar: httpSidecar({ env: {} }) }])(
    'needs configurations of its own: %j',
    async (half) => {
      const error = await rejection(
        new SecretService({ store: { ...store, ...half } }).getCredentials('guid'),
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('credentialConfigs');
    },
  );

  it('has no component to name', async () => {
    const error = await rejection(over({}).getSecret({ secretKey: 'guid', component: 'x' }));
    expect(String(error)).toContain('component needs a store made by daprStore()');
  });
});
