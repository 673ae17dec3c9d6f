import { expect, it } from 'vitest';
import { runGuide, shownOutputs, testSummary } from '../tests/support/guide.ts';

const name = 'test-with-the-fakes';

it('has tests that pass', async () => {
  const files = { 'worker.ts': 0, 'workflows.ts': 1 };
  const { exitCode, stdout } = await runGuide(name, { index: 2, files });
  expect({ exitCode, summary: testSummary(stdout) }).toEqual({ exitCode: 0, summary: shownOutputs(name)[0] });
});
