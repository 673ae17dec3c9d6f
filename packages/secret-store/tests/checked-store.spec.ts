import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkedStore, storeError } from '../src/checked-store.ts';
import { memoryStore, type Secret, type SecretStore, StoreReadError } from '../src/index.ts';
import { rejection } from './support.ts';

const own = { kind: 'authentication', code: 'VAULT_NO_LEASE', retryable: false };

function guard(store: SecretStore): SecretStore {
  return checkedStore(store, { name: 'our vault', clock: new FakeClock(), timeoutMs: 1_000 });
}

function giving(response: unknown): SecretStore {
  return { get: () => Promise.resolve(response as Secret) };
}

describe('the error of a store of one’s own', () => {
  it.each(['configuration', 'connectivity', 'authentication'])('keeps its kind of %s', (kind) => {
    expect(storeError({ ...own, kind }, 'our vault')).toMatchObject({ ...own, kind });
  });

  it.each<[what: string, thrown: unknown]>([
    ['kind', { ...own, kind: undefined }],
    ['code', { ...own, code: 5 }],
    ['retryable', { ...own, retryable: 'no' }],
  ])('without a %s of its own says none of the three', (_what, thrown) => {
    expect(storeError(thrown, 'our vault')).toMatchObject({
      code: 'SECRET_STORE_FAILED',
      kind: 'connectivity',
      retryable: true,
    });
  });

  it('has a code of one line', () => {
    expect(storeError({ ...own, code: 'A\nB' }, 'our vault').code).toBe('A B');
  });

  it.each<[what: string, thrown: unknown]>([
    ['no text for a message', { message: 5 }],
    ['white space for a message', new Error(' \n')],
    ['nothing at all', undefined],
  ])('that has %s is told as that', (_what, thrown) => {
    expect(storeError(thrown, 'our vault').message).toBe('our vault: it failed, and does not say why');
  });

  it('that is one of this package is handed on as it is', () => {
    const thrown = new StoreReadError('down', { code: 'SECRET_STORE_FAILED' });
    expect(storeError(thrown, 'our vault')).toBe(thrown);
  });
});

describe('what a store of one’s own gives', () => {
  it.each<[what: string, response: unknown]>([
    ['undefined', undefined],
    ['no field', {}],
    ['an empty field', { a: '' }],
  ])('is "not there" when it is %s', async (_what, response) => {
    expect(await guard(giving(response)).get('wanted')).toBeUndefined();
  });

  it.each<[what: string, response: unknown]>([
    ['a list of texts', ['a']],
    ['a text among others that are none', { a: 'x', b: 5 }],
  ])('is rejected when it is %s', async (_what, response) => {
    expect(await rejection(guard(giving(response)).get('wanted'))).toMatchObject({
      code: 'SECRET_STORE_INVALID_RESPONSE',
    });
  });

  it('is a copy that shows no value', async () => {
    const secret = await guard(giving({ a: 'the-secret' })).get('wanted');
    expect(secret).toEqual({ a: 'the-secret' });
    expect(JSON.stringify(secret)).toBe('{"a":"[redacted]"}');
  });
});

describe('a checked store', () => {
  it('that does not consist of others has none', () => {
    expect(guard(memoryStore()).stores).toBeUndefined();
  });

  it('has no need of an invalidate', () => {
    expect(() => guard(memoryStore()).invalidate?.()).not.toThrow();
  });
});
