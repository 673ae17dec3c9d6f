import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ContractCase } from './contract-case.ts';

/** A credential source, as in `@worker-auth/secret-store` and `@worker-auth/token-manager`. */
export interface CredentialSourceUnderTest {
  get(options?: { readonly signal?: AbortSignal | undefined }): Promise<{
    readonly clientId: string;
    readonly clientSecret: string;
    readonly source?: string | undefined;
  }>;
  invalidate(): void;
}

/** One source, made for one case. */
export interface CredentialSourceFixture {
  readonly source: CredentialSourceUnderTest;
  /** Replaces the credentials in the store that the source reads; `undefined` removes them. */
  replace(
    credentials: { readonly clientId: string; readonly clientSecret: string } | undefined,
  ): void | Promise<void>;
  /** How often the store was asked so far. */
  reads(): number;
  /** Ends what the fixture started. */
  dispose?(): void | Promise<void>;
}

/** How the source under test is made. */
export interface CredentialSourceContractSetup {
  create(credentials: {
    readonly clientId: string;
    readonly clientSecret: string;
  }): CredentialSourceFixture | Promise<CredentialSourceFixture>;
}

const first = { clientId: 'contract-id-1', clientSecret: 'contract-secret-1' };
const second = { clientId: 'contract-id-2', clientSecret: 'contract-secret-2' };

/** What every credential source does: remembers until told otherwise, reads once for all, and shows no secret. */
export function credentialSourceContract(setup: CredentialSourceContractSetup): readonly ContractCase[] {
  const withFixture =
    (body: (fixture: CredentialSourceFixture) => Promise<void>) => async (): Promise<void> => {
      const fixture = await setup.create(first);
      try {
        await body(fixture);
      } finally {
        await fixture.dispose?.();
      }
    };
  const pairFrom = async (source: CredentialSourceUnderTest): Promise<typeof first> => {
    const { clientId, clientSecret } = await source.get();
    return { clientId, clientSecret };
  };

  const cases: Omit<ContractCase, 'promise'>[] = [
    {
      name: 'gives the client id and the client secret',
      run: withFixture(async ({ source }) => {
        assert.deepEqual(await pairFrom(source), first);
      }),
    },
    {
      name: 'says where the credentials came from, without the secret',
      run: withFixture(async ({ source }) => {
        const { source: origin } = await source.get();
        assert.ok(origin !== undefined && origin !== '');
        assert.ok(!origin.includes(first.clientSecret));
      }),
    },
    {
      name: 'shows no secret when its credentials or itself are inspected or turned into JSON',
      run: withFixture(async ({ source }) => {
        const credentials = await source.get();
        for (const value of [credentials, source, { nested: [credentials, source] }]) {
          const shown = inspect(value, { depth: 10, showHidden: true }) + JSON.stringify(value);
          assert.ok(!shown.includes(first.clientSecret), shown);
        }
      }),
    },
    {
      name: 'remembers the credentials until invalidate',
      run: withFixture(async (fixture) => {
        await fixture.source.get();
        const readsBefore = fixture.reads();
        await fixture.replace(second);
        assert.deepEqual(await pairFrom(fixture.source), first);
        assert.equal(fixture.reads(), readsBefore);
      }),
    },
    {
      name: 'reads the store again after invalidate',
      run: withFixture(async (fixture) => {
        await fixture.source.get();
        await fixture.replace(second);
        fixture.source.invalidate();
        assert.deepEqual(await pairFrom(fixture.source), second);
      }),
    },
    {
      name: 'reads the store once for many callers at the same time',
      run: withFixture(async (fixture) => {
        await fixture.source.get();
        const readsOfOne = fixture.reads();
        fixture.source.invalidate();
        await Promise.all(Array.from({ length: 100 }, () => fixture.source.get()));
        assert.equal(fixture.reads(), 2 * readsOfOne);
      }),
    },
    {
      name: 'lets one caller leave without ending the read of the others',
      run: withFixture(async ({ source }) => {
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const left = source.get({ signal: leaving.signal });
        const stays = pairFrom(source);
        leaving.abort(reason);
        await assert.rejects(left, reason);
        assert.deepEqual(await stays, first);
      }),
    },
    {
      name: 'rejects when there are no credentials, and does not remember that',
      run: withFixture(async (fixture) => {
        await fixture.replace(undefined);
        await assert.rejects(fixture.source.get());
        await fixture.replace(second);
        assert.deepEqual(await pairFrom(fixture.source), second);
      }),
    },
  ];
  return cases.map((contract) => ({ ...contract, promise: contract.name }));
}
