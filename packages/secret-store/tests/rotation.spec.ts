import { credentialSourceContract } from '@worker-auth/testing-fakes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientCredentials } from '../src/credential-source.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { ChangingSecretError } from '../src/errors.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import { memoryStore } from '../src/stores/memory-store.ts';
import type { Secret, SecretStore } from '@worker-auth/internal';
import { bundle, component, rejection, startFake } from './support.ts';

const applicationName = 'postgres-extraction';
const idKey = 'postgres_extraction_client_id';
const secretKey = 'postgres_extraction_client_secret';

describe('discoverCredentials over a Dapr component', () => {
  const cases = credentialSourceContract({
    async create(credentials) {
      const asSecret = ({
        clientId,
        clientSecret,
      }: typeof credentials): Record<string, Record<string, string>> => ({
        'atlan-deployment-secrets': { [idKey]: clientId, [secretKey]: clientSecret },
      });
      const { fake, url } = await startFake({
        components: [
          { name: component, type: 'secretstores.hashicorp.vault', secrets: asSecret(credentials) },
        ],
      });
      return {
        source: discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url } }),
        replace: (next) => {
          fake.setSecrets(component, next === undefined ? {} : asSecret(next));
        },
        reads: () => fake.requestsTo('/secrets/').length,
      };
    },
  });
  for (const contract of cases) it(contract.name, () => contract.run());
});

it('invalidate reaches through chain and cached down to the store', async () => {
  const memory = memoryStore({ 'atlan-deployment-secrets': bundle });
  const store = chain([memoryStore(), cached(chain([cached(memory)]))]);
  const source = discoverCredentials({ applicationName, env: {}, order: [{ name: 'layers', store }] });
  await source.get();
  memory.set('atlan-deployment-secrets', { ...bundle, [idKey]: 'rotated' });
  expect((await source.get()).clientId).toBe('the-id');
  source.invalidate();
  expect((await source.get()).clientId).toBe('rotated');
});

describe('a store with one secret a key that changes while it is read', () => {
  it.each<readonly [string, (store: SecretStore) => SecretStore]>([
    ['a store', (store) => store],
    ['a cache', cached],
  ])(
    'never gives the id of one version with the secret of another, wherever it falls: %s',
    async (_what, wrap) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), async (changesAfter) => {
          const store = wrap(changing((reads) => changesAfter.filter((after) => after <= reads).length));
          const outcome = await discover(store)
            .get()
            .catch((error: unknown) => error);
          if (outcome instanceof ChangingSecretError) return;
          const { clientId, clientSecret } = outcome as ClientCredentials;
          expect(clientSecret?.replace('secret', 'id')).toBe(clientId);
        }),
      );
    },
  );

  it('is read again when the change falls between id and secret, through the sidecar too', async () => {
    const version = (number: number): Record<string, string> => ({
      [idKey]: `id-${number}`,
      [secretKey]: `secret-${number}`,
    });
    const { fake, url } = await startFake({
      components: [{ name: component, type: 'secretstores.local.file', secrets: version(1) }],
    });
    fake.failWith(({ path }) => {
      if (path.endsWith(secretKey)) fake.setSecrets(component, version(2));
      return undefined;
    });
    const { clientId, clientSecret } = await discoverCredentials({
      applicationName,
      env: { DAPR_HTTP_ENDPOINT: url },
    }).get();
    expect([clientId, clientSecret]).toEqual(['id-2', 'secret-2']);
  });

  it('is SECRET_CHANGING, to be tried again, when it changes all the time', async () => {
    const error = await rejection(discover(changing((reads) => reads)).get());
    expect(error).toMatchObject({
      code: 'SECRET_STORE_SECRET_CHANGING',
      kind: 'connectivity',
      retryable: true,
    });
    expect(String(error)).toContain('a busy store');
  });

  it('is given up after five rounds', async () => {
    const { store, names } = recording(changing((reads) => reads));
    await rejection(discover(store).get());
    expect(names.filter((name) => name === idKey)).toHaveLength(5);
  });

  it("that has none of the keys is asked once for the application's, and once for the shared ones", async () => {
    const { store, names } = recording(memoryStore());
    await rejection(discover(store).get());
    const optional = ['postgres_extraction_client_assertion_file', 'atlan_auth_url', 'workflow_tls_enabled'];
    expect(names).toEqual([
      ...['atlan-deployment-secrets', 'ATLAN_DEPLOYMENT_SECRETS', idKey, secretKey, ...optional],
      ...['ATLAN_AUTH_CLIENT_ID', 'ATLAN_AUTH_CLIENT_SECRET', ...optional],
    ]);
  });
});

function discover(store: SecretStore) {
  return discoverCredentials({ applicationName, env: {}, order: [{ name: 'a busy store', store }] });
}

/** A store, and the names that it was asked for. */
function recording(inner: SecretStore): { readonly store: SecretStore; readonly names: readonly string[] } {
  const names: string[] = [];
  const store: SecretStore = {
    get: (name, options) => {
      names.push(name);
      return inner.get(name, options);
    },
  };
  return { store, names };
}

/** A store whose version, used for both halves of the pair, follows from the number of reads so far. */
function changing(versionAt: (reads: number) => number): SecretStore {
  let reads = 0;
  return {
    async get(name): Promise<Secret | undefined> {
      reads += 1;
      // By the number of this read: all of a round begin before one of them ends.
      const version = versionAt(reads);
      await Promise.resolve();
      if (name === idKey) return { [name]: `id-${version}` };
      return name === secretKey ? { [name]: `secret-${version}` } : undefined;
    },
  };
}
