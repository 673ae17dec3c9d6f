import { expect, it, vi } from 'vitest';
import { PrintWatch } from '../src/contracts/printed.ts';

it('sees what is printed while another one looks too, and leaves console as it was', () => {
  const print = vi.spyOn(console, 'debug').mockReturnValue(undefined);
  const first = new PrintWatch();
  const second = new PrintWatch();
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  const printed = ['user', { a: { b: { c: { d: 'a secret' } } } }];
  console.debug(...printed);
  first[Symbol.dispose]();
  expect(() => {
    first.check(['secret']);
  }).toThrow('A secret was printed by console');
  expect(() => {
    second.check(['secret']);
  }).not.toThrow();
  expect(print.mock.calls).toEqual([printed]);
  expect(console.debug).toBe(print);
});
