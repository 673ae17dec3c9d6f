import { describe, expect, it } from 'vitest';
import { dateMs, decodeJwt } from '../src/jwt.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const [object, list] = [part({ sub: 'a' }), part([])];

describe('decodeJwt', () => {
  it('gives header and claims, and no signature', () => {
    expect(decodeJwt(`${part({ alg: 'ES256' })}.${object}.c2ln`)).toEqual({
      header: { alg: 'ES256' },
      claims: { sub: 'a' },
    });
  });

  it.each([`${object}.${object}`, `${object}.${object}.s.s`, `${list}.${object}.s`, `${object}.${list}.s`])(
    'gives nothing of what is no JWT: %s',
    (token) => {
      expect(decodeJwt(token)).toBeUndefined();
    },
  );
});

it.each([
  [8.64e12, 8.64e15],
  [8.64e12 + 1, undefined],
  ['1', 1_000],
  [' 1.5 ', 1_500],
  ['1790000000.125', 1_790_000_000_125],
  ['1e3', undefined],
  [Number.NaN, undefined],
])('the date %j is %j ms, as far as there are dates', (value, ms) => {
  expect(dateMs(value)).toBe(ms);
});
