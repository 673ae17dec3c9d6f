import { cleanEnvironment } from '@worker-auth/servers';
import { copyTrackedFiles } from '@worker-auth/workspace/tracked-files';
import { execFile } from 'node:child_process';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { applyDiff } from '../src/pages/apply-diff.ts';
import { readPage, workspace } from '../src/pages/page.ts';
import { linkInstalled } from '../src/release/workspace-copy.ts';

const author = { GIT_AUTHOR_NAME: 'Nobody', GIT_AUTHOR_EMAIL: 'nobody@example.com' };
const committer = { GIT_COMMITTER_NAME: 'Nobody', GIT_COMMITTER_EMAIL: 'nobody@example.com' };

/** Files that a command of the page writes, beside those that a contributor does. */
const written = /\/published\//;

it.each([
  [
    'add-a-provider-preset',
    ['packages/token-manager/src/providers.ts', 'docs/guides/providers.md', 'docs/guides/providers/acme.md'],
  ],
  [
    'add-a-metric',
    [
      'packages/temporal-auth/docs/metrics.md',
      'packages/temporal-auth/monitoring/dashboard.json',
      'tools/calls/src/metrics/instruments.ts',
      'tools/calls/src/metrics/measurements.ts',
    ],
  ],
  [
    'add-a-secret-back-end',
    [
      'packages/secret-store/src/index.ts',
      'packages/secret-store/src/stores/consul-store.ts',
      'packages/secret-store/tests/consul-store.spec.ts',
    ],
  ],
])(
  '%s works as it is printed, and changes these files alone, by a few lines',
  { timeout: 1_800_000 },
  async (name, files) => {
    await using folder = await temporaryFolder();
    const { path: cwd } = folder;
    const env = {
      ...cleanEnvironment(),
      ...author,
      ...committer,
      NX_DAEMON: 'false',
      NX_ISOLATE_PLUGINS: 'false',
    };
    const sh = async (command: string): Promise<string> => {
      const options = { cwd, env, maxBuffer: 2 ** 26 };
      const running = promisify(execFile)('sh', ['-ec', `{ ${command}\n} 2>&1`], options);
      const { stdout } = await running.catch((error: unknown) => {
        throw new Error((error as { readonly stdout: string }).stdout.slice(-3_000));
      });
      return stripVTControlCharacters(stdout);
    };
    await linkInstalled(cwd, await copyTrackedFiles(workspace, cwd));
    await sh(
      'node tools/bootstrap.mjs stamp; git init --quiet --initial-branch main; git add --all; git commit --quiet --message before',
    );
    for (const { language, code } of (await readPage(`docs/contributing/${name}.md`)).blocks) {
      if (language === 'diff') await applyDiff(code, cwd);
      else expect(await sh(code)).not.toMatch(/FAILED|[1-9]\d* failed/);
    }
    const changed = (await sh('git status --porcelain --untracked-files=all')).trim().split('\n');
    const byHand = changed.map((line) => line.slice(2).trim()).filter((file) => !written.test(file));
    expect(byHand.sort()).toEqual([...files].sort());
    // A reviewer reads the change: a command that lays a file out again would hide it.
    const removed = (await sh('git diff --numstat'))
      .trim()
      .split('\n')
      .map((line) => Number(line.split('\t')[1]));
    expect(Math.max(...removed)).toBeLessThan(10);
  },
);
