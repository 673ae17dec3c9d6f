import { describe, expect, it } from 'vitest';
import {
  type Check,
  checkGiven,
  checkName,
  either,
  failure,
  isText,
  listOf,
  number,
  oneOf,
  options,
  portNumber,
  positiveMs,
  recordOf,
  text,
  textOrTexts,
  withMethods,
} from '../src/given/check-given.ts';
import { hintAt, nearestName } from '@worker-auth/ports/nearest-name';

/** What a check says to a value; `undefined`: it takes it. */
function said(check: Check, value: unknown): string | undefined {
  try {
    check('x', value);
    return undefined;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe('a check', () => {
  const wrong = (must: string, received: string): string =>
    `TypeError: x must be ${must}; received ${received}`;
  const outside = (must: string, received: number): string =>
    `RangeError: x must be a ${must}; received ${received}`;
  const clock = withMethods('wallNow', 'startTimer');
  const inRange = number({ min: 1, max: 2 });
  const wholeInRange = number({ min: 1, max: 2, isWhole: true });
  const words = oneOf(['yes', 'no']);
  const nested = options<{ a: string }>({ a: text });
  const oneOfWords = (received: string): string =>
    `TypeError: x must be one of yes, no; received ${received}`;
  const rows: readonly (readonly [name: string, check: Check, value: unknown, expected?: string])[] = [
    ['a text', text, ''],
    ['a text', text, null, wrong('a text', 'null')],
    ['a text', text, [], wrong('a text', 'a list')],
    ['a text', text, 5, wrong('a text', 'the number 5')],
    ['a text', text, {}, wrong('a text', 'an object')],
    ['a text', text, true, wrong('a text', 'a boolean')],
    ['a text', text, undefined, wrong('a text', 'nothing')],
    ['a number', number(), -1.5],
    ['a number', number(), Infinity, outside('finite number', Infinity)],
    ['a number', number(), '5', wrong('a number', 'a text')],
    ['a number in a range', wholeInRange, 1],
    ['a number in a range', wholeInRange, 2],
    ['a number in a range', wholeInRange, 1.5, outside('whole number, at least 1, at most 2', 1.5)],
    ['a number in a range', inRange, 0.9, outside('finite number, at least 1, at most 2', 0.9)],
    ['a number in a range', inRange, 2.1, outside('finite number, at least 1, at most 2', 2.1)],
    ['a number up to another', number({ max: 2 }), 3, outside('finite number, at most 2', 3)],
    ['a duration', positiveMs, 0.1],
    ['a duration', positiveMs, 0, outside('finite number above 0', 0)],
    ['a port', portNumber, 0],
    ['a port', portNumber, 65_535],
    ['a port', portNumber, 65_536, outside('whole number, at least 0, at most 65535', 65_536)],
    ['one of several words', words, 'no'],
    ['one of several words', words, 'yess', oneOfWords('"yess": did you mean yes?')],
    ['one of several words', words, 'perhaps', oneOfWords('"perhaps"')],
    ['one of several words', words, 5, oneOfWords('the number 5')],
    ['an error', failure, new Error('a')],
    ['an error', failure, { message: 'of another realm' }],
    ['an error', failure, { message: 5 }, wrong('an Error', 'an object')],
    ['an error', failure, undefined, wrong('an Error', 'nothing')],
    ['an object with methods', clock, { wallNow: Date.now, startTimer: setTimeout }],
    [
      'an object with methods',
      clock,
      { wallNow: Date.now, startTimer: 5 },
      'TypeError: x must have the method startTimer',
    ],
    ['an object with methods', clock, undefined, 'TypeError: x must have the method wallNow'],
    ['a list', listOf(text), ['a', 'b']],
    ['a list', listOf(text), ['a', 5], 'TypeError: x[1] must be a text; received the number 5'],
    ['a list', listOf(text), 'a', wrong('a list', 'a text')],
    ['a record', recordOf(text), { a: 'b', c: undefined }],
    ['a record', recordOf(text), { a: 5 }, 'TypeError: x.a must be a text; received the number 5'],
    ['a record', recordOf(text), [], wrong('an object', 'a list')],
    ['a record', recordOf(text), null, wrong('an object', 'null')],
    ['a record', recordOf(text), new Map(), wrong('an object', 'an object')],
    ['one text or several', textOrTexts, 'a'],
    ['one text or several', textOrTexts, ['a']],
    ['one text or several', textOrTexts, 5, wrong('a list', 'the number 5')],
    ['one of two kinds', either(isText, text, listOf(text)), 5, wrong('a list', 'the number 5')],
    ['options in an option', nested, { a: 'b' }],
    ['options in an option', nested, { a: 5 }, 'TypeError: x.a must be a text; received the number 5'],
    ['options in an option', nested, { b: 5 }, 'TypeError: x has no option b: did you mean a?'],
    ['options in an option', nested, 'a', 'TypeError: The options of x must be an object; received a text'],
  ];

  it.each(rows.map((row) => [...row] as const))('of %s: %#', (_name, check, value, expected) => {
    expect(said(check, value)).toBe(expected);
  });
});

describe('options', () => {
  const given = (value: object): void => {
    checkGiven<{ first?: string; second?: string }>('start', value, { first: text, second: text });
  };

  it('may be left out, and one that is undefined counts as that, whatever its name', () => {
    given({});
    given({ first: 'a', other: undefined });
  });

  it('are those that there are, and nothing that every object inherits', () => {
    expect(() => {
      given({ frist: 'a' });
    }).toThrow(new TypeError('start has no option frist: did you mean first?'));
    expect(() => {
      given({ toString: 'a' });
    }).toThrow(new TypeError('start has no option toString: there are first, second'));
  });
});

it('a name is one of those that there are', () => {
  checkName('fault', 'reset', ['hang', 'reset']);
  expect(() => {
    checkName('fault', 'rest', ['hang', 'reset']);
  }).toThrow(new TypeError('There is no fault "rest": did you mean reset?'));
  expect(() => {
    checkName('fault', {}, ['hang', 'reset']);
  }).toThrow(new TypeError('fault must be a name; received an object'));
});

describe('the nearest name', () => {
  const names = ['clientId', 'clientSecret', 'lifetimeSeconds', 'jwks'];

  it.each([
    ['clientID', 'clientId'],
    ['client_id', 'clientId'],
    ['clientsecret', 'clientSecret'],
    ['lifetime', 'lifetimeSeconds'],
    ['lifetimeSecondsOfTokens', 'lifetimeSeconds'],
    ['jwk', 'jwks'],
    ['kwjs', 'jwks'],
    ['swkj', 'jwks'],
    ['', undefined],
    ['abcd', undefined],
    ['lifespan', undefined],
  ])('to "%s" is %s', (wrong, expected) => {
    expect(nearestName(wrong, names)).toBe(expected);
  });

  it('is the first of those that are equally near', () => {
    expect(nearestName('aa', ['ab', 'ac'])).toBe('ab');
    expect(nearestName('abc', ['abx', 'abcd', 'abc'])).toBe('abc');
  });

  it('is there for nothing when there are no names', () => {
    expect(nearestName('a', [])).toBeUndefined();
    expect(hintAt('a', [])).toBe('there are none');
    expect(hintAt('abcdef', ['xyz', 'uvw'])).toBe('there are xyz, uvw');
    expect(hintAt('xy', ['xyz'])).toBe('did you mean xyz?');
  });
});
