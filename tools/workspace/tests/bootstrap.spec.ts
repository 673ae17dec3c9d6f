import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** Starts a command that there is not, as if Node were of this version. */
function start(version: string): { readonly status: number | null; readonly stderr: string } {
  const preload = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(preload)}`,
    'tools/bootstrap.mjs',
    'x',
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, stderr };
}

describe('the scripts of the repository', () => {
  it('name the version on a Node that is too old, as npm warns of nothing', () => {
    expect(start('18.20.8')).toEqual({
      status: 1,
      stderr: 'The repository needs Node.js 20 or newer to start with; this is 18.20.8.\n',
    });
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('\nloglevel=error\n');
  });

  it('start on the oldest that package.json names', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly engines: { readonly node: string };
    };
    expect(engines.node).toBe('>=20');
    expect(start('20.0.0').stderr).toContain('Usage: ');
  });

  it('install nothing under a test, whose own packages that would delete', () => {
    const copy = mkdtempSync(join(tmpdir(), 'bootstrap-'));
    for (const file of ['tools/bootstrap.mjs', 'package-lock.json'])
      cpSync(join(root, file), join(copy, file));
    const args = ['tools/bootstrap.mjs', 'test'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
    rmSync(copy, { recursive: true });
    expect([status, stderr]).toEqual([1, 'node_modules is missing or stale: run npm ci, then the tests.\n']);
  });
});
