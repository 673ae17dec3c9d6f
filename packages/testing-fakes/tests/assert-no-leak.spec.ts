import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { assertNoLeak, plantSecret } from '../src/index.ts';

const secret = plantSecret('s3cret');

/** Keeps the secret as a well-made object does. */
class Keeper {
  readonly #secret = secret;

  use(): number {
    return this.#secret.length;
  }
}

describe('assertNoLeak', () => {
  it.each<[string, unknown]>([
    ['an object that keeps it in a private field', new Keeper()],
    ['a function that closes over it', () => secret],
    ['other text', 'planted elsewhere'],
    ['nothing', undefined],
    ['seven characters of it', secret.slice(0, 7)],
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
    ['a map', new Map([['k', [secret]]])],
    ['a key', { [secret]: 1 }],
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

  it('refuses to look for nothing', () => {
    expect(() => {
      assertNoLeak({}, '');
    }).toThrow(TypeError);
  });
});

describe('plantSecret', () => {
  it('gives another one each time, with its name', () => {
    expect(plantSecret('id')).toMatch(/^id-/);
    expect(plantSecret()).not.toBe(plantSecret());
  });
});
