import { describe, expect, it } from 'vitest';
import { registerContract } from '../../src/contracts/register-contract.ts';
import { secretStoreContract } from '../../src/contracts/secret-store-contract.ts';
import { InMemorySecretStore } from '../../src/fakes/in-memory-secret-store.ts';
import { assertNoLeak, plantSecret } from '../../src/leaks/assert-no-leak.ts';

registerContract(
  'InMemorySecretStore',
  secretStoreContract({
    shape: 'map',
    canFail: true,
    canMend: true,
    canCountReads: true,
    create: (secrets) => {
      const store = new InMemorySecretStore(secrets);
      let names = Object.keys(secrets);
      return {
        store,
        replace: (next) => {
          for (const name of names) store.delete(name);
          for (const [name, fields] of Object.entries(next)) store.set(name, fields);
          names = Object.keys(next);
        },
        break: () => {
          store.failWith(new Error('the store is broken'));
        },
        mend: () => {
          store.recover();
        },
        reads: () => store.reads,
      };
    },
  }),
  { describe, it },
);

describe('InMemorySecretStore', () => {
  it('takes a text for a secret with one field, called as the secret', async () => {
    const store = new InMemorySecretStore({ first: 'a' });
    store.set('second', 'b');
    expect([await store.get('first'), await store.get('second')]).toEqual([{ first: 'a' }, { second: 'b' }]);
  });

  it('reads what it holds when a held read is let go', async () => {
    const store = new InMemorySecretStore({ name: 'old' });
    const release = store.hold();
    const read = store.get('name');
    store.set('name', 'new');
    release();
    expect(await read).toEqual({ name: 'new' });
    expect(store.reads).toBe(1);
  });

  it('fails for the names that it is told', async () => {
    const store = new InMemorySecretStore({ good: 'a', bad: 'b' });
    store.failWith((name) => (name === 'bad' ? new Error('denied') : undefined));
    expect(await store.get('good')).toEqual({ good: 'a' });
    await expect(store.get('bad')).rejects.toThrow('denied');
    store.recover();
    expect(await store.get('bad')).toEqual({ bad: 'b' });
  });

  it('shows no secret', async () => {
    const secret = plantSecret();
    const store = new InMemorySecretStore({ name: secret });
    await store.get('name');
    assertNoLeak(store, secret);
  });
});
