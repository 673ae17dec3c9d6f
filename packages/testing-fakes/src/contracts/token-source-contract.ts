import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ContractCase } from './contract-case.ts';

/** A token source, as in `@worker-auth/token-manager`. */
export interface TokenSourceUnderTest {
  getToken(options?: {
    readonly forceRefresh?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<string>;
  peek(): string | undefined;
  subscribe(listener: (token: string) => void): () => void;
}

/** One source, made for one case, with a token endpoint behind it. */
export interface TokenSourceFixture {
  readonly source: TokenSourceUnderTest;
  /** How often the endpoint was asked so far. */
  readonly requests: () => number;
  /** Lets time pass until the newest token is over. */
  readonly expireToken: () => void | Promise<void>;
  /** From now on the endpoint refuses every request. */
  readonly failRequests: () => void | Promise<void>;
  /** Ends what the fixture started. */
  readonly dispose?: () => void | Promise<void>;
}

/** How the source under test is made. */
export interface TokenSourceContractSetup {
  create(): TokenSourceFixture | Promise<TokenSourceFixture>;
}

const crowd = 100;

/** What every token source does: one request for all who ask, no dead token, and no caller who harms another. */
export function tokenSourceContract(setup: TokenSourceContractSetup): readonly ContractCase[] {
  const withFixture = (body: (fixture: TokenSourceFixture) => Promise<void>) => async (): Promise<void> => {
    const fixture = await setup.create();
    try {
      await body(fixture);
    } finally {
      await fixture.dispose?.();
    }
  };
  const askTogether = (
    source: TokenSourceUnderTest,
    options?: { readonly forceRefresh: boolean },
  ): Promise<PromiseSettledResult<string>[]> =>
    Promise.allSettled(Array.from({ length: crowd }, () => source.getToken(options)));

  return [
    {
      name: 'gives a token that fits into a header',
      run: withFixture(async ({ source }) => {
        assert.match(await source.getToken(), /^[\x21-\x7e]+$/);
      }),
    },
    {
      name: 'peeks at nothing before the first token, and sets nothing off',
      run: withFixture(async ({ source, requests }) => {
        assert.equal(source.peek(), undefined);
        await Promise.resolve();
        assert.equal(requests(), 0);
      }),
    },
    {
      name: 'serves the token it has, asynchronously and synchronously, with no further request',
      run: withFixture(async ({ source, requests }) => {
        const token = await source.getToken();
        assert.equal(await source.getToken(), token);
        assert.equal(source.peek(), token);
        assert.equal(requests(), 1);
      }),
    },
    {
      name: 'makes one request for all who ask at the same time',
      run: withFixture(async ({ source, requests }) => {
        const outcomes = await askTogether(source);
        assert.equal(new Set(outcomes.map((outcome) => inspect(outcome))).size, 1);
        assert.equal(requests(), 1);
      }),
    },
    {
      name: 'gets a new token when one is forced, with one request for all who force it',
      run: withFixture(async ({ source, requests }) => {
        const old = await source.getToken();
        const outcomes = await askTogether(source, { forceRefresh: true });
        assert.equal(requests(), 2);
        assert.ok(outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value !== old));
        assert.equal(source.peek(), await source.getToken());
      }),
    },
    {
      name: 'never serves a token that is over',
      run: withFixture(async ({ source, expireToken }) => {
        const old = await source.getToken();
        await expireToken();
        assert.equal(source.peek(), undefined);
        assert.notEqual(await source.getToken(), old);
      }),
    },
    {
      name: 'tells its subscribers each new token, until they leave',
      run: withFixture(async ({ source }) => {
        const told: string[] = [];
        const leave = source.subscribe((token) => told.push(token));
        const tokens = [await source.getToken(), await source.getToken({ forceRefresh: true })];
        leave();
        await source.getToken({ forceRefresh: true });
        assert.deepEqual(told, tokens);
      }),
    },
    {
      name: 'is not disturbed by a subscriber that throws',
      run: withFixture(async ({ source }) => {
        const told: string[] = [];
        source.subscribe(() => {
          throw new Error('a subscriber failed');
        });
        source.subscribe((token) => told.push(token));
        assert.deepEqual([await source.getToken()], told);
      }),
    },
    {
      name: 'lets one caller leave without ending the request of the others',
      run: withFixture(async ({ source, requests }) => {
        const leaving = new AbortController();
        const reason = new Error('the caller left');
        const left = source.getToken({ signal: leaving.signal });
        const stayed = source.getToken();
        leaving.abort(reason);
        await assert.rejects(left, reason);
        assert.equal(await stayed, source.peek());
        assert.equal(requests(), 1);
      }),
    },
    {
      name: 'refuses a caller who has left already, with the reason of the signal',
      run: withFixture(async ({ source }) => {
        const reason = new Error('left before');
        await assert.rejects(source.getToken({ signal: AbortSignal.abort(reason) }), reason);
      }),
    },
    {
      name: 'rejects for all who wait when the request fails, without a storm of requests',
      run: withFixture(async ({ source, requests, failRequests }) => {
        await failRequests();
        const outcomes = await askTogether(source);
        assert.ok(outcomes.every(({ status }) => status === 'rejected'));
        const requestsOfOne = requests();
        await askTogether(source);
        assert.ok(requests() <= 2 * requestsOfOne, `${requests()} requests`);
      }),
    },
    {
      name: 'keeps a good token when a forced refresh fails',
      run: withFixture(async ({ source, failRequests }) => {
        const token = await source.getToken();
        await failRequests();
        await assert.rejects(source.getToken({ forceRefresh: true }));
        assert.equal(source.peek(), token);
        assert.equal(await source.getToken(), token);
      }),
    },
    {
      name: 'shows no token when it is inspected or turned into JSON',
      run: withFixture(async ({ source }) => {
        const token = await source.getToken();
        const shown = inspect({ source }, { depth: 20, showHidden: true }) + JSON.stringify({ source });
        assert.ok(!shown.includes(token), 'the token is shown');
      }),
    },
  ];
}
