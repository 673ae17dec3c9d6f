import { describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '../src/json.ts';

describe('parseJson', () => {
  it('reads JSON', () => {
    expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
  });

  it.each(['', '<html>', '{"a":', "{'a':1}"])('gives undefined for what is none: %s', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [null, false],
    [[], false],
    ['{}', false],
    [undefined, false],
  ])('%j: %s', (value, isObject) => {
    expect(isJsonObject(value)).toBe(isObject);
  });
});
