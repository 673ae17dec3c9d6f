import { describe, expect, it } from 'vitest';
import { checkBoolean, checkOptions, type OptionNames } from '../src/index.ts';

interface Options {
  readonly tokenUrl?: string;
  readonly timeoutMs?: number;
  readonly scope?: string;
}

const names: OptionNames<Options> = { tokenUrl: true, timeoutMs: true, scope: true };

const check = (given: object): void => {
  checkOptions('TokenManager', given, names);
};

describe('options', () => {
  it.each([{}, { tokenUrl: 'a', timeoutMs: 1, scope: 's' }, { tokenURL: undefined }])(
    'are taken: %j',
    (given) => {
      expect(() => {
        check(given);
      }).not.toThrow();
    },
  );

  it.each([
    ['tokenURL', 'did you mean tokenUrl?'],
    ['token_url', 'did you mean tokenUrl?'],
    ['timeout', 'did you mean timeoutMs?'],
    ['scopes', 'did you mean scope?'],
    ['proxy', 'it has tokenUrl, timeoutMs, scope'],
    ['constructor', 'it has tokenUrl, timeoutMs, scope'],
  ])('that there are not are rejected, with the nearest: %s', (name, hint) => {
    expect(() => {
      check({ scope: 's', [name]: 'canary' });
    }).toThrow(new TypeError(`TokenManager has no option ${name}: ${hint}`));
  });

  it.each([[undefined], [null], ['text'], [[]], [new Map()], [new Set()], [new URLSearchParams()]])(
    'must be an object, not %j',
    (given) => {
      expect(() => {
        check(given as object);
      }).toThrow(new TypeError('The options of TokenManager must be an object'));
    },
  );
});

describe('a choice of yes and no', () => {
  it.each([true, false, undefined])('is taken: %s', (value) => {
    expect(() => {
      checkBoolean('keepAlive', value);
    }).not.toThrow();
  });

  it.each([
    ['false', 'the text "false"'],
    [0, 'number'],
    [null, 'object'],
  ])('is rejected: %j', (value, received) => {
    expect(() => {
      checkBoolean('keepAlive', value);
    }).toThrow(new TypeError(`keepAlive must be true or false; received ${received}`));
  });
});
