import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { providers } from '@worker-auth/token-manager';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const page = await readFile(new URL('../../docs/agent.md', import.meta.url), 'utf8');
const monthMs = 30 * 86_400_000;
const { policy: sparing } = providers.auth0({ domain: 'example.auth0.com', audience: 'x' });

/** Requests a month of one process, on average. */
function requests(hours: number, policy: Parameters<typeof refreshDelay>[1] = {}): number {
  return Math.round(monthMs / refreshDelay(hours * 3_600_000, policy, () => 0.5));
}

it('the sums on the page of the agent are right', () => {
  const rows = [...page.matchAll(/^\| (\d+) h, a month +\|(.*)\|$/gm)].map(([, hours, cells = '']) => [
    Number(hours),
    cells.split('|').map((cell) => Number(cell.replace(',', ''))),
  ]);
  expect(rows).toEqual(
    [1, 24].map((hours) => [hours, [20 * requests(hours), requests(hours), requests(hours, sparing)]]),
  );
  const [, dollars, of] = /: (\d+) USD for (\d+,\d+)/.exec(page) ?? [];
  expect(Number(dollars)).toBe(Math.round((Number(of?.replace(',', '')) / 1_000) * 2.25));
  const [, cents, few] = /, (\d+) cents for (\d+)\./.exec(page) ?? [];
  expect(Number(cents)).toBe(Math.round((Number(few) / 1_000) * 225));
});

it('the page of the agent is one page: at most 1,000 words', () => {
  expect(page.split(/\s+/).length).toBeLessThanOrEqual(1_000);
});
