import { type DaprStore, memoryStore } from '@worker-auth/secret-store';
import { describe, expect, it } from 'vitest';
import { checkCredentials } from '../../src/doctor/check-credentials.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { ApplicationCredentials } from '@worker-auth/calls/settings/server';
import { examined, type Finding } from '../support/examined.ts';

const ofDapr = { clientId: 'worker', clientSecret: 's3cret', source: 'Dapr secret store component "store"' };
const component = { name: 'store', type: 'secretstores.kubernetes', inPlaceOf: undefined };

/** A sidecar in the place of Dapr's. */
const sidecar = { isReady: () => Promise.resolve(true), address: 'http://sidecar' };

/** What the sidecar says in the place of what is good. */
interface Store {
  readonly isReady?: boolean;
  readonly component?: object;
  readonly secret?: Readonly<Record<string, string>> | undefined;
  /** The second that is looked for. */
  readonly older?: Readonly<Record<string, string>>;
}

/** Every step may be ended. */
function noted<T>(ending: unknown, value: T): Promise<T> {
  expect(ending).toMatchObject({ signal: expect.any(AbortSignal) as AbortSignal });
  return Promise.resolve(value);
}

function found(
  get: () => ApplicationCredentials | Promise<ApplicationCredentials>,
  store: Store | undefined,
  options: DiagnoseOptions = {},
): ReturnType<typeof examined> {
  const given = store && {
    sidecar: { ...sidecar, isReady: (ending: unknown) => noted(ending, store.isReady ?? true) },
    component: (ending: unknown) => noted(ending, { ...component, ...store.component }),
    get: async (name: string, ending: unknown) => {
      const fields =
        name === 'older' ? store.older : 'secret' in store ? store.secret : { id: 'a', secret: 'b' };
      // As stores give it: it lists no field.
      return await noted(ending, await memoryStore(fields && { [name]: fields }).get(name));
    },
  };
  return examined(
    (scene) =>
      checkCredentials(
        Object.assign(scene, {
          source: {
            get: async (ending: unknown) => await noted(ending, await get()),
            invalidate: () => undefined,
          },
          secrets: given && { store: given as unknown as DaprStore, names: ['deployment', 'older'] },
        }),
      ),
    options,
  );
}

describe('the way to the secret', () => {
  const good = (description: string): Finding => ({ description, result: 'success' });

  const shown = (kind: string, secret: string): Finding =>
    good(`the component "store" of ${kind}, of the sidecar at http://sidecar, has ${secret}`);
  const usual = 'type secretstores.kubernetes';

  it('is looked at', async () => {
    const check = await found(() => ofDapr, {});
    expect(check('secret')).toEqual(shown(usual, 'the secret "deployment" with id, secret'));
    expect(check('credentials')).toEqual(
      good('there are credentials from Dapr secret store component "store"'),
    );
  });

  it.each<[string, Store, Finding]>([
    [
      'a component of an old sidecar',
      { component: { type: '' } },
      shown('a type that the sidecar does not say', 'the secret "deployment" with id, secret'),
    ],
    [
      'a secret for each key',
      { secret: undefined },
      shown(usual, 'no secret "deployment", but one for each key'),
    ],
    [
      'the second secret alone',
      { secret: undefined, older: { id: 'a' } },
      shown(usual, 'the secret "older" with id'),
    ],
    [
      'a secret with many keys',
      { secret: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, 'x'])) },
      shown(
        usual,
        `the secret "deployment" with ${Array.from({ length: 20 }, (_, index) => `k${index}`).join(', ')}`,
      ),
    ],
  ])('has %s', async (_what, store, finding) => {
    expect((await found(() => ofDapr, store))('secret')).toEqual(finding);
  });

  it.each<[string, () => ApplicationCredentials, Store | undefined, string]>([
    ['no sidecar is asked', () => ofDapr, undefined, 'no sidecar is asked'],
    [
      'the environment has them',
      () => ({ ...ofDapr, source: 'environment variables A' }),
      {},
      'the credentials come from environment variables A',
    ],
    [
      'the environment has half of them',
      () => {
        throw new Error('OAuth2 credentials are incomplete: of environment variables A');
      },
      {},
      'the credentials come from the environment variables',
    ],
  ])('is not gone where %s', async (_why, get, store, reason) => {
    const check = await found(get, store);
    const description = `the Dapr sidecar gives the secret: ${reason}`;
    expect(check('secret')).toMatchObject({ result: 'skipped', description });
  });

  it.each(['OAuth2 credentials are incomplete: in secret "a"', 'No environment variables'])(
    'is gone where the environment has none: %s',
    async (message) => {
      const check = await found(() => {
        throw new Error(message);
      }, {});
      expect(check('secret').result).toBe('success');
    },
  );
});

describe('credentials', () => {
  it('have white space', async () => {
    const check = await found(() => ({ ...ofDapr, clientId: 'worker ' }), undefined);
    expect(check('credentials')).toEqual({
      ...{ description: 'there are credentials from Dapr secret store component "store"', result: 'warning' },
      code: 'DOCTOR_CREDENTIALS_SUSPECT',
      error: 'The client id has white space around it. Store the value without it.',
    });
  });

  it('are not waited for longer than three steps, and end with the signal', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const check = await found(never, undefined, { timeoutMs: 2 });
    expect(check('credentials')).toMatchObject({
      ...{ code: 'DOCTOR_CONNECTION_TIMED_OUT' },
      error: 'No credentials within 6 ms. Check routes, firewalls and network policies.',
    });
    const reason = new Error('over');
    await expect(found(never, undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
