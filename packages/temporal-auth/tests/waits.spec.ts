import { describe, expect, it } from 'vitest';
import type { Bar, Case } from '../bench/waits/case.ts';
import { comparisons } from '../bench/waits/comparisons.ts';
import { promises } from '../bench/waits/promises.ts';

const isMissed = ({ figure, most }: Bar): boolean => !(figure <= most);

const titled = (cases: readonly Case[]) => cases.map((each) => [each.title, each] as const);

describe('a wait costs no more than its bars', () => {
  it.each([...titled(comparisons), ...titled(promises)])('%s', async (_title, { judge, seeds }) => {
    const { bars } = await judge(seeds);
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.filter(isMissed)).toEqual([]);
  });
});
