import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { packageFolder } from '../src/agent/agent-process.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');

/** The one block of the page in a language. */
function blockOf(language: string): string {
  const [block, ...others] = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  expect(others).toEqual([]);
  return block?.[1] ?? '';
}

const run = promisify(execFile);

const systemd = await run('systemd-analyze', ['--version']).then(
  () => '',
  () => ' (skipped: there is no systemd-analyze)',
);

describe.skipIf(systemd !== '')(`the unit on the page of the agent${systemd}`, () => {
  /** What systemd says of it. */
  async function complaintsOf(unit: string): Promise<string> {
    await using folder = await temporaryFolder();
    // Not every machine has a program and a user of these names.
    const here = unit.replace('/usr/bin/npx', '/bin/sh').replace('User=worker', 'User=root');
    const file = await folder.write('worker-auth-agent.service', here);
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]).catch(
      (error: unknown) => error as { readonly stdout: string; readonly stderr: string },
    );
    return `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes('worker-auth-agent.service'))
      .join('\n');
  }

  it('is one that systemd has nothing against', async () => {
    expect(await complaintsOf(blockOf('ini'))).toBe('');
  });

  it.each([
    ['RuntimeDirectoryPreserve=', 'RuntimeDirectoryPreserved='],
    ['Restart=always', 'Restart=forever'],
    ['ExecStart=', 'ExecBegin='],
  ])('is complained about with %s as %s', async (right, wrong) => {
    const unit = blockOf('ini');
    expect(unit).toContain(right);
    expect(await complaintsOf(unit.replace(right, wrong))).not.toBe('');
  });
});
