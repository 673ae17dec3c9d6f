import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { packageFolder } from '../src/agent/agent-process.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const run = promisify(execFile);

const missing = await run('systemd-analyze', ['--version']).then(
  () => '',
  () => ' (skipped: there is no systemd-analyze)',
);

it.skipIf(missing !== '')(
  `systemd has nothing against the unit on the page of the agent${missing}`,
  async () => {
    const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
    const [, unit = ''] = /^```ini\n(.*?)^```$/ms.exec(page) ?? [];
    expect(unit).toContain('ExecStart=');
    await using folder = await temporaryFolder();
    // Not every machine has a program and a user of these names.
    const here = unit.replace('/usr/bin/npx', '/bin/sh').replace('User=worker', 'User=root');
    const file = await folder.write('worker-auth-agent.service', here);
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]).catch(
      (error: unknown) => error as { readonly stdout: string; readonly stderr: string },
    );
    const said = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes('worker-auth-agent.service'));
    expect(said).toEqual([]);
  },
);
