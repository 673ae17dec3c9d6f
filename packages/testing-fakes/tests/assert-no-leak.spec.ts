import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { assertNoLeak, plantSecret } from '../src/leaks/assert-no-leak.ts';
import { shownTexts } from '../src/leaks/everything-shown.ts';

const secret = plantSecret('s3cret');

/** Keeps the secret as a well-made object does. */
class Keeper {
  readonly #secret = secret;

  use(): number {
    return this.#secret.length;
  }
}

/** Makes another one whenever it is looked at. */
function endless(): object {
  return Object.defineProperty({}, 'next', { get: endless });
}

/** Nothing else keeps what a weak set has. */
const held = { [secret]: 1 };

const throwing = {
  get token(): never {
    throw new Error('not to be read');
  },
  toJSON(): never {
    throw new Error('no JSON');
  },
};

/** Deeper than `inspect` looks. */
function buried(value: unknown): unknown {
  return Array.from({ length: 10 }).reduce((inner) => ({ inner }), value);
}

describe('assertNoLeak', () => {
  it.each<[string, unknown]>([
    ['an object that keeps it in a private field', new Keeper()],
    ['a function that closes over it', () => secret],
    ['other text', 'planted elsewhere'],
    ['nothing', undefined],
    ['seven characters of it', secret.slice(0, 7)],
    ['what throws when it is read', throwing],
    ['an object without an end', endless()],
  ])('lets pass %s', (_name, value) => {
    expect(() => {
      assertNoLeak(value, secret);
    }).not.toThrow();
  });

  const circle: Record<string, unknown> = { secret };
  circle['self'] = circle;
  const hidden = Object.defineProperty({}, 'token', { value: secret, enumerable: false });
  const getter = {
    get token(): string {
      return secret;
    },
  };
  const custom = { [inspect.custom]: () => '[redacted]', token: secret };
  it.each<[string, unknown]>([
    ['a message', new Error(`it is ${secret}`)],
    [
      'a cause of a cause',
      new Error('a', { cause: new Error('b', { cause: { header: `Bearer ${secret}` } }) }),
    ],
    ['a field of an error', Object.assign(new Error('a'), { request: { body: secret } })],
    ['a hidden property', hidden],
    ['a getter', getter],
    ['what a custom inspect covers', custom],
    ['toJSON', { toJSON: () => secret }],
    ['toString', { toString: () => secret }],
    ['what a custom inspect makes', { [inspect.custom]: () => secret }],
    ['a map', new Map([['k', [secret]]])],
    ['a map far down', buried(new Map([['k', secret]]))],
    ['a key of a map far down', buried(new Map([[secret, 'v']]))],
    ['a set far down', buried(new Set([secret]))],
    ['a property of a function', buried(Object.assign(() => undefined, { token: secret }))],
    ['a property of a symbol', buried({ [Symbol('token')]: secret })],
    ['a key', { [secret]: 1 }],
    ['a key five levels down', { a: { b: { c: { d: { [secret]: 1 } } } } }],
    [
      'a key in a map that a custom inspect covers',
      { [inspect.custom]: () => '', map: new Map([['k', { [secret]: 1 }]]) },
    ],
    ['a weak set', new WeakSet([held])],
    ['its last eight characters', secret.slice(-8)],
    ['a circle', circle],
    ['text that is cut off', secret.slice(3, 11)],
    ['upper case', secret.toUpperCase()],
    ['a percent-encoded form', `x=${encodeURIComponent(secret)}`],
    ['a Basic header', `Basic ${Buffer.from(secret).toString('base64')}`],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
  ])('finds it in %s, and does not repeat it', (_name, value) => {
    let thrown: unknown;
    try {
      assertNoLeak(value, ['another secret', secret]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AssertionError);
    expect(String(thrown)).toContain('Secret number 2');
    expect(inspect(thrown)).not.toContain(secret);
  });

  it.each([
    ['as it is', 'short', 'a short one'],
    ['as it is', 'a-long-secret', 'g-secret'],
    ['percent-encoded', '>?&"+é', '%3e%3f%26%22%2b%c3%a9'],
    ['form-encoded', '~ ~', '%7E+%7E'],
    ['escaped for JSON', '"\\"\\"\\', '\\"\\\\\\"\\\\\\"\\\\'],
    ['in base64', '>>>>', 'Pj4+Pg'],
    ['in base64', '>>>>>>>>>>>>', 'Pj4+Pj4+Pj'],
    ['in base64url', '>>>>>>>>>>>>', 'Pj4-Pj4-Pj'],
    ['in hexadecimal', 'short', '73686F7274'],
  ])('says how it was found: %s, of %s', (encoding, short, text) => {
    expect(() => {
      assertNoLeak(text, short);
    }).toThrow(
      `Secret number 1 can be seen, ${encoding}: what a log or a person gets to see must not hold any part of it`,
    );
  });

  it('refuses to look for nothing', () => {
    expect(() => {
      assertNoLeak({}, '');
    }).toThrow(new TypeError('A secret to look for must not be empty'));
  });
});

it('a planted secret is another one each time, with its name', () => {
  expect(plantSecret('id')).toMatch(/^id-/);
  expect(plantSecret()).toMatch(/^planted-/);
  expect(plantSecret()).not.toBe(plantSecret());
});

it('what a contract looks at is what of the properties it says, each with its place', () => {
  const value = Object.defineProperty({ shown: 'a' }, 'hidden', { value: 'b' });
  const texts = (isShown?: (property: PropertyDescriptor) => boolean): readonly string[] =>
    shownTexts(buried(value), isShown)
      .filter(([, text]) => /^\w$/.test(text))
      .map(([where, text]) => `${text} ${where}`);
  const place = `in its${'.inner'.repeat(10).replace('.', ' ')}`;
  expect(texts()).toEqual([`b ${place}.hidden`, `a ${place}.shown`]);
  expect(texts(({ enumerable }) => enumerable === true)).toEqual([`a ${place}.shown`]);
});
