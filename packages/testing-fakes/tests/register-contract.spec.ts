import { describe, expect, it } from 'vitest';
import { type ContractCase, registerContract } from '../src/index.ts';

describe('registerContract', () => {
  it('makes one test of each case, which runs the case and hands on its failure', async () => {
    const failure = new Error('a promise is broken');
    const cases: readonly ContractCase[] = [
      { name: 'keeps', promise: 'p', run: () => Promise.resolve() },
      { name: 'breaks', promise: 'q', run: () => Promise.reject(failure) },
    ];
    const groups: string[] = [];
    const tests = new Map<string, () => Promise<void>>();
    registerContract('a thing', cases, {
      describe: (name, body) => {
        groups.push(name);
        body();
      },
      it: (name, body) => tests.set(name, body),
    });
    expect([groups, [...tests.keys()]]).toEqual([['a thing'], ['keeps', 'breaks']]);
    await expect(tests.get('keeps')?.()).resolves.toBeUndefined();
    await expect(tests.get('breaks')?.()).rejects.toBe(failure);
  });

  it('rejects a contract without a case, whose group would pass', () => {
    expect(() => {
      registerContract('a thing', [], { describe, it });
    }).toThrow(new RangeError('The contract of "a thing" has no case'));
  });
});
