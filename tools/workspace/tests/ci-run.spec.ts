import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../../.ci/run');

/** In place of npm: says how it was called, and ends as the checks may. */
const npm = `#!/bin/sh
echo "args: $*"
echo "folder: $PWD"
echo "temporary: $TMPDIR"
echo "cache: $WORKER_AUTH_CACHE"
echo "files: $(ls | tr '\\n' ' ')$(cat changed) $(test -x program && echo executable)"
echo "tracked: $(git ls-files | tr '\\n' ' ')"
echo '5 passed, 1 failed'
exit 3
`;

let root: string;
let temporary: string;
beforeEach(() => {
  // Not in the temporary folder of the tests, whose path may have a space.
  root = mkdtempSync('/tmp/ci-');
  temporary = join(root, 'tmp');
  mkdirSync(temporary);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** A repository of a developer, with what is not committed yet. */
function repositoryIn(folder: string): string {
  const git = (...args: string[]): void => {
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    execFileSync('git', [...author, ...args], { cwd: folder });
  };
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
  };
  mkdirSync(join(folder, '.ci'), { recursive: true });
  cpSync(script, join(folder, '.ci/run'));
  git('init', '--quiet');
  write('.gitignore', 'ignored\n');
  for (const name of ['changed', 'deleted', 'program']) write(name, 'old');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  write('changed', 'new');
  chmodSync(join(folder, 'program'), 0o755);
  rmSync(join(folder, 'deleted'));
  write('staged', '');
  git('add', 'staged');
  write('not tracked', '');
  write('ignored', '');
  return folder;
}

/** What it says by the beginnings of its lines, and how it ends. */
function run(
  repository: string,
  cache: string,
  ...args: readonly string[]
): { readonly status: number | null; readonly lines: readonly string[]; said: (what: string) => string } {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'npm'), npm, { mode: 0o755 });
  const { status, stdout } = spawnSync('bash', [join(repository, '.ci/run'), ...args], {
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, TMPDIR: temporary, WORKER_AUTH_CACHE: cache },
  });
  const lines = stdout.trimEnd().split('\n');
  const said = (what: string): string =>
    lines.find((line) => line.startsWith(`${what}: `))?.slice(what.length + 2) ?? '';
  return { status, lines, said };
}

it('runs in a temporary clone whose path has a space, with what is not committed, and removes it', () => {
  const repository = repositoryIn(join(root, 'clone'));
  const { said, status, lines } = run(repository, join(root, 'cache'));
  expect(said('folder')).toMatch(/^\/.* .*/);
  expect(said('folder')).not.toContain(repository);
  if (process.platform !== 'darwin') expect(said('temporary')).toMatch(/^\/.* .*/);
  expect(said('files')).toBe('changed not tracked program staged new executable');
  expect([status, lines.at(-1)]).toEqual([3, '5 passed, 1 failed']);
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(join(repository, 'deleted'))).toBe(false);
});

it('runs where it is when folder and cache have a space', () => {
  const repository = repositoryIn(join(root, 'the clone'));
  const { said, status } = run(repository, join(root, 'the cache'));
  expect([said('folder'), said('cache')]).toEqual([repository, join(root, 'the cache')]);
  expect([said('args'), status]).toEqual(['test', 3]);
  expect(said('files')).toContain('ignored');
});

it.each([
  [[], 'test'],
  [['soak'], 'run test:soak --'],
  [['soak', 'demo', 'agent'], 'run test:soak -- demo agent'],
])('with %j runs npm %s', (args, expected) => {
  const repository = repositoryIn(join(root, 'the clone'));
  expect(run(repository, join(root, 'the cache'), ...args).said('args')).toBe(expected);
});

it('rejects what it does not know', () => {
  const repository = repositoryIn(join(root, 'the clone'));
  expect(run(repository, join(root, 'the cache'), 'sok')).toMatchObject({ status: 2, lines: [''] });
});
