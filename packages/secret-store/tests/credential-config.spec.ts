import { describe, expect, it } from 'vitest';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { DaprSidecar, ReadOptions } from '@worker-auth/internal';
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
  it('asks the component, and for the key, that is given', async () => {
    const { sidecar, asked } = stateSidecar({ host: 'db' });
    await stateStoreConfigs({ sidecar, component: 'mine', key: (guid) => `of-${guid}` }).get('guid');
    expect(asked).toEqual(['mine/of-guid']);
  });

  it.each(['text', '["host"]'])('rejects the text %j, by the credential’s name', async (value) => {
    const error = await rejection(stateStoreConfigs({ sidecar: stateSidecar(value).sidecar }).get('guid'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_SECRET_INVALID' });
    expect(String(error)).toContain('The configuration of the credential "guid" is not a JSON object');
  });
});

it.each([null, 'text', ['host']])(
  'a configuration of a source of one’s own that is %j is rejected, by the credential’s name',
  async (given) => {
    const error = await rejection(over(given as unknown as CredentialConfig).getCredentials('guid'));
    expect(error).toBeInstanceOf(InvalidCredentialConfigError);
    expect(String(error)).toContain('The configuration of the credential "guid" is not a JSON object');
  },
);

it('the secret of a configuration is that of the secret-path without the white space around it', async () => {
  const config = { 'secret-path': ' bulk ' };
  expect(await over(config).getCredentials('guid')).toMatchObject({ password: 'of-bulk' });
});

describe('the caller of a service', () => {
  it.each<[what: string, call: (service: SecretService, signal: AbortSignal) => Promise<unknown>]>([
    ['getSecret', (service, signal) => service.getSecret({ secretKey: 'guid', signal })],
    [
      'getSecret of a component',
      (service, signal) => service.getSecret({ secretKey: 'guid', component: 'x', signal }),
    ],
    ['getCredentials', (service, signal) => service.getCredentials('guid', { signal })],
  ])('a caller of %s that leaves gets its own reason, and ends the read', async (what, call) => {
    let read: AbortSignal | undefined;
    const leaving = new AbortController();
    const reason = new Error('left');
    const get = (options?: ReadOptions): Promise<never> => {
      read = options?.signal;
      leaving.abort(reason);
      read?.throwIfAborted();
      return new Promise(() => undefined);
    };
    const failingStore = {
      get: (_name: string, options?: ReadOptions) => get(options),
      getFrom: (_component: string, _name: string, options?: ReadOptions) => get(options),
      ...(what === 'getSecret of a component' && { sidecar: httpSidecar({ env: {} }) }),
    };
    expect(await rejection(call(over({}, { store: failingStore }), leaving.signal))).toBe(reason);
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

it.each([{ getFrom: () => undefined }, { sidecar: httpSidecar({ env: {} }) }])(
  'a store that only looks like Dapr’s needs configurations of its own: %j',
  async (half) => {
    const error = await rejection(new SecretService({ store: { ...store, ...half } }).getCredentials('guid'));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('credentialConfigs');
  },
);
