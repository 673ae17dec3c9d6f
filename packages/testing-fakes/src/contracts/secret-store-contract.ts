import assert from 'node:assert/strict';
import type { ContractCase } from './contract-case.ts';

/** A secret store, as in `@worker-auth/secret-store`. */
export interface SecretStoreUnderTest {
  get(
    name: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, string>> | undefined>;
  invalidate?(): void;
}

/** One store with content, made for one case. */
export interface SecretStoreFixture {
  readonly store: SecretStoreUnderTest;
  /** Replaces everything that the store holds. */
  replace(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): void | Promise<void>;
  /** Makes the back end unable to answer. Needed when the setup says `canFail`. */
  break?(): void | Promise<void>;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the store under test is made. */
export interface SecretStoreContractSetup {
  /**
   * `map`: a secret has any number of fields. `value`: a secret has one field, called as the secret, as in the
   * environment; then only such secrets are put into it.
   */
  readonly shape: 'map' | 'value';
  /** Whether the back end can be unable to answer; false for a store that is in this process. */
  readonly canFail: boolean;
  /** Makes a store that holds exactly `secrets`. */
  create(
    secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ): SecretStoreFixture | Promise<SecretStoreFixture>;
}

/** What every secret store does. Found, not there and cannot answer are three outcomes that are never confused. */
export function secretStoreContract(setup: SecretStoreContractSetup): readonly ContractCase[] {
  const fieldsOf = (name: string, value: string): Record<string, string> =>
    setup.shape === 'map' ? { first: value, second: `${value}-2` } : { [name]: value };
  const withFixture =
    (
      secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
      body: (fixture: SecretStoreFixture) => Promise<void>,
    ) =>
    async (): Promise<void> => {
      const fixture = await setup.create(secrets);
      try {
        await body(fixture);
      } finally {
        await fixture.dispose?.();
      }
    };

  const cases: Omit<ContractCase, 'promise'>[] = [
    {
      name: 'gives the fields of a secret that is there',
      run: withFixture(
        { wanted: fieldsOf('wanted', 'v1'), other: fieldsOf('other', 'v2') },
        async ({ store }) => {
          assert.deepEqual({ ...(await store.get('wanted')) }, fieldsOf('wanted', 'v1'));
        },
      ),
    },
    {
      name: 'gives undefined for a secret that is not there',
      run: withFixture({ other: fieldsOf('other', 'v2') }, async ({ store }) => {
        assert.equal(await store.get('wanted'), undefined);
      }),
    },
    {
      name: 'takes an empty value for one that is not there',
      run: withFixture({ wanted: { wanted: '' } }, async ({ store }) => {
        assert.equal(await store.get('wanted'), undefined);
      }),
    },
    {
      name: 'finds nothing under the names that every object inherits',
      run: withFixture({ other: fieldsOf('other', 'v2') }, async ({ store }) => {
        for (const name of ['constructor', 'toString', '__proto__']) {
          assert.equal(await store.get(name), undefined, name);
        }
      }),
    },
    {
      name: 'keeps a value as it is, inner spaces, signs and unicode included',
      run: withFixture({ wanted: { wanted: ' a+b%20 "ü€𝒳" =' } }, async ({ store }) => {
        assert.deepEqual({ ...(await store.get('wanted')) }, { wanted: ' a+b%20 "ü€𝒳" =' });
      }),
    },
    {
      name: 'answers reads at the same time, each with its own secret',
      run: withFixture({ one: fieldsOf('one', 'v1'), two: fieldsOf('two', 'v2') }, async ({ store }) => {
        const [one, two] = await Promise.all([store.get('one'), store.get('two')]);
        assert.deepEqual([{ ...one }, { ...two }], [fieldsOf('one', 'v1'), fieldsOf('two', 'v2')]);
      }),
    },
    {
      name: 'gives the new value after a change and invalidate',
      run: withFixture({ wanted: fieldsOf('wanted', 'old') }, async (fixture) => {
        await fixture.store.get('wanted');
        await fixture.replace({ wanted: fieldsOf('wanted', 'new') });
        fixture.store.invalidate?.();
        assert.deepEqual({ ...(await fixture.store.get('wanted')) }, fieldsOf('wanted', 'new'));
      }),
    },
    {
      name: "rejects with the signal's reason when that was aborted before",
      run: withFixture({ wanted: fieldsOf('wanted', 'v1') }, async ({ store }) => {
        const reason = new Error('the caller left');
        await assert.rejects(store.get('wanted', { signal: AbortSignal.abort(reason) }), reason);
      }),
    },
  ];
  if (setup.canFail) {
    cases.push({
      name: 'rejects, and never says "not there", when it cannot answer',
      run: withFixture({ wanted: fieldsOf('wanted', 'v1') }, async (fixture) => {
        assert.ok(fixture.break !== undefined, 'canFail needs a fixture with break');
        await fixture.break();
        fixture.store.invalidate?.();
        await assert.rejects(fixture.store.get('wanted'));
        await assert.rejects(fixture.store.get('missing'));
      }),
    });
  }
  return cases.map((contract) => ({ ...contract, promise: contract.name }));
}
