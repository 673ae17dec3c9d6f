import { expect, it } from 'vitest';
import { runGuide, shownOutputs } from '../tests/support/guide.ts';

const name = 'start-in-five-minutes';

it('prints what the guide shows', async () => {
  const { exitCode, stdout, stderr } = await runGuide(name, { index: 1, files: { 'workflows.ts': 0 } });
  const [shown] = shownOutputs(name);
  if (exitCode !== 0) throw new Error(stderr);
  // On a busy machine more tokens may come, and a stall may outlast the five seconds of one.
  const asOnAQuietMachine = stdout
    .replaceAll(/^token ([4-9]|\d\d).*\n/gm, '')
    .replace(/^\d+ calls were rejected/m, '0 calls were rejected');
  expect(asOnAQuietMachine).toBe(shown);
});
