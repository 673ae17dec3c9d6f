import { describe, expect, it } from 'vitest';
import { entriesOf, fieldsOfJson, hideValues, unwrap } from '../src/fields.ts';
import { InvalidSecretError } from '../src/errors.ts';

describe('a secret', () => {
  it('has what every object inherits', () => {
    expect(hideValues({ a: 'x' }).constructor).toBe(Object);
  });

  it('with a field called toJSON is rejected with what to do', () => {
    const make = (): unknown => hideValues({ toJSON: 'x' });
    expect(make).toThrow(InvalidSecretError);
    expect(make).toThrow('Rename it');
  });
});

describe('a field of a JSON object', () => {
  it.each<[value: unknown, text: string]>([
    ['text', 'text'],
    [true, 'true'],
    [false, 'false'],
    [0.1, '0.1'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [['a'], '["a"]'],
    [{ a: 1 }, '{"a":1}'],
  ])('%j is %j', (value, text) => {
    expect(fieldsOfJson({ field: value }, 'secret "x"')).toEqual({ field: text });
  });

  it('null is left out', () => {
    expect(Object.keys(fieldsOfJson({ field: null }, 'secret "x"'))).toEqual([]);
  });

  it.each([Number.MAX_SAFE_INTEGER + 1, -Number.MAX_SAFE_INTEGER - 1])(
    'a number as large as %d is rejected by its name and its place',
    (field) => {
      const read = (): unknown => fieldsOfJson({ field }, 'secret "x"');
      expect(read).toThrow(InvalidSecretError);
      expect(read).toThrow('secret "x": "field"');
      expect(read).toThrow(expect.objectContaining({ code: 'SECRET_STORE_SECRET_INVALID' }));
    },
  );
});

it.each<[what: string, secret: Record<string, string>, fields: Record<string, string>]>([
  ['one value that holds an object', { x: '{"a":"b"}' }, { a: 'b' }],
  ['one with white space around the object', { x: ' {"a":"b"}\n' }, { a: 'b' }],
  ['one with a byte order mark', { x: '\uFEFF{"a":"b"}' }, { a: 'b' }],
  ['one with an empty object', { x: '{}' }, {}],
  ['one with an object of empty fields', { x: '{"a":""}' }, {}],
  ['one with a list', { x: '[{"a":"b"}]' }, { x: '[{"a":"b"}]' }],
  ['one with half an object', { x: '{"a":' }, { x: '{"a":' }],
  ['one with text', { x: 'text' }, { x: 'text' }],
  ['two values, the first of which holds an object', { x: '{"a":"b"}', y: 'z' }, { x: '{"a":"b"}', y: 'z' }],
  ['no value', {}, {}],
])('a secret in any of its shapes %s', (_what, secret, fields) => {
  expect(Object.fromEntries(entriesOf(unwrap(secret, 'secret "x"')))).toEqual(fields);
});
