import { expect, it, vi } from 'vitest';
import { checkPrintsNone } from '../src/contracts/printed.ts';

it('sees what is printed while another one looks too, and leaves console as it was', async () => {
  const print = vi.spyOn(console, 'debug').mockReturnValue(undefined);
  const { promise: end, resolve } = Promise.withResolvers<undefined>();
  const first = checkPrintsNone(['secret'], () => end);
  await checkPrintsNone(['secret'], () => Promise.resolve());
  const printed = ['user', { a: { b: { c: { d: 'a secret' } } } }];
  console.debug(...printed);
  resolve(undefined);
  await expect(first).rejects.toThrow('A secret was printed by console');
  expect(print.mock.calls).toEqual([printed]);
  expect(console.debug).toBe(print);
});
