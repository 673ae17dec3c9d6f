import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { providers } from '@worker-auth/token-manager';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const page = await readFile(new URL('../docs/agent.md', import.meta.url), 'utf8');
const monthMs = 30 * 86_400_000;
const { policy: sparing } = providers.auth0;

/** Requests a month of one process with tokens of an hour, on average. */
function requests(policy: Parameters<typeof refreshDelay>[1] = {}): number {
  return Math.round(monthMs / refreshDelay(3_600_000, policy, () => 0.5));
}

it('the sums on the page of the agent are right', () => {
  const sums = /request\s([\d,]+) a month\. One agent requests\s([\d,]+), and with\s`--sparing` ([\d,]+) /;
  const [, ...shown] = sums.exec(page) ?? [];
  expect(shown.map((sum) => Number(sum.replace(',', '')))).toEqual([
    20 * requests(),
    requests(),
    requests(sparing),
  ]);
});

it('the page of the agent is one page: at most 1,000 words', () => {
  expect(page.split(/\s+/).length).toBeLessThanOrEqual(1_000);
});
