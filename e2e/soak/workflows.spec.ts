import { globSync } from 'node:fs';
import { join } from 'node:path';
import { checkWorkflows } from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';

const folder = join(import.meta.dirname, '../../.github/workflows');
const files = globSync('*.yml', { cwd: folder }).map((file) => join(folder, file));

await describeWith(['actionlint'], 'the workflows of the repository', () => {
  it('have nothing that GitHub does not know', async () => {
    expect(files.length).toBeGreaterThan(0);
    await checkWorkflows(files);
  });
});
