import { expect, it } from 'vitest';
import { der, time } from '../../src/tls/der.ts';

it.each([
  [127, '047f'],
  [128, '048180'],
  [255, '0481ff'],
  [256, '04820100'],
])('%i bytes have a length of as few bytes as it takes: %s', (length, hex) => {
  expect(
    der('octetString', Buffer.alloc(length))
      .toString('hex')
      .slice(0, -2 * length),
  ).toBe(hex);
});

it.each([
  ['2049-12-31T23:59:59.999Z', '\u0017\r491231235959Z'],
  ['2050-01-01T00:00:00.000Z', '\u0018\u000F20500101000000Z'],
])('the time %s is %j', (date, text) => {
  expect(time(new Date(date)).toString('latin1')).toBe(text);
});
