import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { conditionCodes, conditionKinds } from '@worker-auth/calls/conditions/codes';

const page = readFileSync(join(import.meta.dirname, '../../docs/runbook/conditions.md'), 'utf8');

it.each(conditionCodes)('the page of conditions says of %s what the table says', (code) => {
  const { severity, meaning, remedy } = conditionKinds[code];
  const text = `${meaning} (${severity}).\n\n- Fix: ${remedy}\n- See: `;
  expect(page).toContain(`### ${code}\n\n${text}`);
});

it('the guide of Python shows the lines that the log has of a pending result', () => {
  const guide = join(import.meta.dirname, '../../../../docs/guides/python-behind-the-proxy.md');
  const { meaning } = conditionKinds.PROXY_RESULTS_PENDING;
  const lines = [`\`[WARN] ${meaning}: …\``, `\`[INFO] Ended after 17 s: ${meaning}\``];
  const text = readFileSync(guide, 'utf8');
  expect(lines.filter((line) => !text.includes(line))).toEqual([]);
});
