import { cleanEnvironment } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledProject } from '../src/bundles/bundled-project.ts';
import { clientProgram, namesProgram, outputOf } from '../src/bundles/programs.ts';
import { packageNames } from '../src/registry/publish-all.ts';
import { oldNodes } from '../src/registry/toolchains.ts';

const nodes = await oldNodes();
const sentence = '@worker-auth packages need Node.js 22 or newer; this is 20.20.2.';
const { tooOld = '', first = '' } = nodes ?? {};
const missing = nodes === undefined ? ' (no package of npm has these for this platform)' : '';

function printed(
  node: string,
  cwd: string,
  args: readonly string[],
): { status: number | null; stderr: string } {
  const settings = {
    cwd,
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
  } as const;
  const { status, stderr } = spawnSync(node, args, settings);
  return { status, stderr };
}

describe.skipIf(nodes === undefined)(`Node 20.20.2, which is too old,${missing}`, () => {
  it('is named by each entry that is imported or required', async () => {
    await using project = await bundledProject('installed');
    for (const entry of project.entries) {
      for (const load of [`import('${entry}')`, `require('${entry}')`]) {
        const { status, stderr } = printed(tooOld, project.path, ['--eval', load]);
        expect([load, status, stderr]).toEqual([load, 1, expect.stringContaining(`Error: ${sentence}\n`)]);
      }
    }
  });

  it('is named by each command, in one sentence, with exit code 1', async () => {
    await using project = await bundledProject('installed');
    const commands: string[] = [];
    for (const name of packageNames) {
      const folder = join(project.path, 'node_modules/@worker-auth', name);
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly bin?: Readonly<Record<string, string>>;
      };
      for (const [command, file] of Object.entries(manifest.bin ?? {})) {
        commands.push(command);
        expect(printed(tooOld, project.path, [join(folder, file)])).toEqual({
          ...{ status: 1, stderr: `${sentence}\n` },
        });
      }
    }
    expect(commands).toEqual(['worker-auth', 'testing-fakes']);
  });
});

describe.skipIf(nodes === undefined)(`Node 22.0.0, the first that is promised,${missing}`, () => {
  it('imports each entry, with the names that it has elsewhere', async () => {
    await using project = await bundledProject('installed');
    const program = await namesProgram(project);
    const names = await outputOf(program, project.path, {}, first);
    expect(names).toBe(await outputOf(program, project.path));
  });

  it('makes an authenticated call, and runs the commands', async () => {
    await using project = await bundledProject('installed');
    const program = await project.write('client.js', clientProgram);
    await using stack = await fakeStack({ applicationName: 'order-service', frontend: true });
    const env = { ...stack.env, TEMPORAL_ADDRESS: stack.frontend?.address ?? '' };
    expect(await outputOf(program, project.path, env, first)).toBe('default');
    const cli = join(project.path, 'node_modules/@worker-auth/temporal-auth/dist/cli.js');
    const settings = { ...env, ATLAN_APPLICATION_NAME: 'order-service' };
    expect(await outputOf(cli, project.path, settings, first, ['doctor', '--short'])).toBe(
      '✓ All checks passed',
    );
  });
});
