import { describe, expect, it } from 'vitest';
import { type DaprStore, daprStore } from '../src/dapr/dapr-store.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { ReadOptions, Secret } from '@worker-auth/internal';
import { type CredentialConfigSource, SecretService } from '../src/service.ts';
import { rejection } from './support.ts';

const { signal } = new AbortController();

/** A store in the shape of Dapr's that has `secret` under each name, and the signal of each read. */
function recording(secret?: Secret): { readonly store: DaprStore; readonly reads: unknown[][] } {
  const reads: unknown[][] = [];
  const read =
    <T>(what: string, response: T) =>
    (...args: readonly unknown[]): Promise<T> => {
      reads.push([what, (args.at(-1) as ReadOptions | undefined)?.signal]);
      return Promise.resolve(response);
    };
  const store: DaprStore = {
    sidecar: daprStore({ env: {} }).sidecar,
    configuredName: 'found',
    component: read('component', { name: 'found', type: '' }),
    get: read('get', secret),
    getFrom: read('getFrom', secret),
    invalidate: () => undefined,
  };
  return { store, reads };
}

describe('the signal of a caller', () => {
  it('goes to the read of a secret', async () => {
    const { store, reads } = recording({ a: 'b' });
    await new SecretService({ store }).getSecret({ secretKey: 'x', signal });
    expect(reads).toEqual([['get', signal]]);
  });

  it('goes to the read of a secret from a component', async () => {
    const { store, reads } = recording({ a: 'b' });
    await new SecretService({ store }).getSecret({ secretKey: 'x', component: 'other', signal });
    expect(reads).toEqual([['getFrom', signal]]);
  });

  it('goes to the question which component has no such secret', async () => {
    const { store, reads } = recording();
    const error = await rejection(new SecretService({ store }).getSecret({ secretKey: 'x', signal }));
    expect(error).toMatchObject({ component: 'found', code: 'SECRET_STORE_SECRET_NOT_FOUND' });
    expect(reads).toEqual([
      ['get', signal],
      ['component', signal],
    ]);
  });

  it('goes to the read of the secret of a credential', async () => {
    const { store, reads } = recording({ a: 'b' });
    const credentialConfigs: CredentialConfigSource = { get: () => Promise.resolve({}) };
    await new SecretService({ store, credentialConfigs }).getCredentials('guid', { signal });
    expect(reads).toEqual([['get', signal]]);
  });

  it('ends the read of a configuration, also in the source that is asked', async () => {
    const caller = new AbortController();
    const reason = new Error('left');
    let heard: AbortSignal | undefined;
    const credentialConfigs: CredentialConfigSource = {
      get: (_guid, options) => {
        heard = options?.signal;
        caller.abort(reason);
        return new Promise(() => undefined);
      },
    };
    const secrets = new SecretService({ store: memoryStore(), credentialConfigs });
    expect(await rejection(secrets.getCredentials('guid', { signal: caller.signal }))).toBe(reason);
    expect(heard?.reason).toBe(reason);
  });
});
