import { worlds } from '@worker-auth/workspace/worlds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CredentialSource } from '../src/credential-source.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { cached } from '../src/stores/cached.ts';
import { chain } from '../src/stores/chain.ts';
import type { Secret, SecretStore } from '@worker-auth/internal';

const applicationName = 'postgres-extraction';

/** What is done to a source, and to the store below it. */
type Step = 'get' | 'answer' | 'answer last' | 'fail' | 'leave' | 'rotate' | 'invalidate';

const steps = fc.array(
  fc.constantFrom<Step>('get', 'answer', 'answer last', 'fail', 'leave', 'rotate', 'invalidate'),
  { maxLength: 40 },
);

interface Pending {
  readonly resolve: (secret: Secret) => void;
  readonly reject: (error: Error) => void;
  readonly version: number;
}

/** A store that answers when a test says so, with the version that it had when it was asked. */
class HeldStore implements SecretStore {
  version = 0;
  readonly pending: Pending[] = [];

  get(): Promise<Secret> {
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject, version: this.version }));
  }
}

function secretOf(version: number): Secret {
  return {
    postgres_extraction_client_id: String(version),
    postgres_extraction_client_secret: 'the-secret',
  };
}

function sourceOver(store: SecretStore): CredentialSource {
  return discoverCredentials({ applicationName, env: {}, order: [{ name: 'held', store }] });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each<[what: string, wrap: (store: SecretStore) => SecretStore]>([
  ['a store', (store) => store],
  ['a cache over a chain', (store) => cached(chain([store]))],
])('a source over %s, whatever is done in whatever order', (_what, wrap) => {
  it('gives no version older than the last invalidate, no reason of another caller, and ends every get', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        const store = new HeldStore();
        const source = sourceOver(wrap(store));
        const callers: { leave: AbortController; outcome: Promise<void> }[] = [];
        let oldest = 0;

        const get = (): void => {
          const leave = new AbortController();
          const mustBeAtLeast = oldest;
          const outcome = source.get({ signal: leave.signal }).then(
            ({ clientId }) => {
              expect(Number(clientId)).toBeGreaterThanOrEqual(mustBeAtLeast);
            },
            (error: unknown) => {
              if (leave.signal.aborted) expect(error).toBe(leave.signal.reason);
              else expect(error).toMatchObject({ code: 'SECRET_STORE_FAILED' });
            },
          );
          callers.push({ leave, outcome });
        };
        const answer = (pending: Pending | undefined): void => {
          pending?.resolve(secretOf(pending.version));
        };
        const act: Readonly<Record<Step, () => void>> = {
          get,
          answer: () => {
            answer(store.pending.shift());
          },
          'answer last': () => {
            answer(store.pending.pop());
          },
          fail: () => store.pending.shift()?.reject(new Error('down')),
          leave: () => callers.find(({ leave }) => !leave.signal.aborted)?.leave.abort(new Error('left')),
          rotate: () => {
            store.version += 1;
          },
          invalidate: () => {
            source.invalidate();
            oldest = store.version;
          },
        };

        for (const step of walk) {
          act[step]();
          await settle();
        }
        while (store.pending.length > 0) {
          answer(store.pending.shift());
          await settle();
        }
        await Promise.all(callers.map(({ outcome }) => outcome));
      }),
      worlds(200, 2_000),
    );
  });
});

describe('a source that is called from inside its store', () => {
  it('reads once more when invalidate is called during the read, and gives the newer', async () => {
    let version = 0;
    const store: SecretStore = {
      get: () => {
        version += 1;
        if (version === 1) source.invalidate();
        return Promise.resolve(secretOf(version));
      },
    };
    const source = sourceOver(store);
    expect((await source.get()).clientId).toBe('1');
    expect((await source.get()).clientId).toBe('2');
  });

  it('shares the read under way when get is called during it, and does not read for ever', async () => {
    let reads = 0;
    let inner: Promise<unknown> | undefined;
    const store: SecretStore = {
      get: () => {
        reads += 1;
        if (reads < 100) inner = source.get();
        return Promise.resolve(secretOf(1));
      },
    };
    const source = sourceOver(store);
    expect((await source.get()).clientId).toBe('1');
    expect(await inner).toMatchObject({ clientId: '1' });
    expect(reads).toBe(1);
  });
});
