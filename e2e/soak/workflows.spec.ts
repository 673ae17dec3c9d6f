import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWorkflows } from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const folder = join(import.meta.dirname, '../../.github/workflows');
const files = globSync('*.yml', { cwd: folder }).map((file) => join(folder, file));

await describeWith(['actionlint'], 'the workflows of the repository', () => {
  it('have nothing that GitHub does not know', async () => {
    expect(files.length).toBeGreaterThan(0);
    await checkWorkflows(files);
  });

  it('would be rejected with one thing wrong', async () => {
    await using copies = await temporaryFolder();
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const wrong = text.replace('runs-on:', 'run-on:');
      expect(wrong).not.toBe(text);
      const copy = await copies.write('wrong.yml', wrong);
      await expect(checkWorkflows([copy])).rejects.toThrow(/run-on/);
    }
  });
});
