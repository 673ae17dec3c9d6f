import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanEnvironment, npm } from '../src/npm.ts';
import { installedNpmProject, type NpmProject } from '../src/npm-project.ts';
import { temporaryFolder } from './support.ts';

vi.mock(import('../src/npm.ts'), async (original) => ({ ...(await original()), npm: vi.fn() }));

let cache: string;
let project: NpmProject;

beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.mocked(npm)
    .mockReset()
    .mockImplementation(async (folder) => {
      await mkdir(join(folder, 'node_modules'));
      await writeFile(join(folder, 'node_modules/proof'), '');
      return '';
    });
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'package.json'), '{}');
  await writeFile(join(folder, 'package-lock.json'), '{ "lockfileVersion": 3 }');
  cache = join(folder, 'cache');
  project = { name: 'planted', folder, proof: 'node_modules/proof' };
});

describe('an npm project', () => {
  it('is installed once, by its lock file and without any script', async () => {
    const folder = await installedNpmProject(project, cache);
    expect(await readFile(join(folder, 'package-lock.json'), 'utf8')).toContain('lockfileVersion');
    expect(await installedNpmProject(project, cache)).toBe(folder);
    expect(vi.mocked(npm).mock.calls.map(([, args]) => args)).toEqual([
      ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--cache', expect.any(String) as unknown],
    ]);
  });

  it('leaves nothing of what npm has downloaded', async () => {
    vi.mocked(npm).mockImplementation(async (folder, args) => {
      await mkdir(join(folder, 'node_modules'));
      await writeFile(join(folder, 'node_modules/proof'), '');
      await mkdir(args.at(-1) ?? '');
      return '';
    });
    const folder = await installedNpmProject(project, cache);
    expect((await readdir(folder)).sort()).toEqual(['node_modules', 'package-lock.json', 'package.json']);
  });

  it('is installed anew when its lock file is another', async () => {
    const before = await installedNpmProject(project, cache);
    await writeFile(join(project.folder, 'package-lock.json'), '{}');
    expect(await installedNpmProject(project, cache)).not.toBe(before);
  });

  it('leaves nothing in the cache when npm fails', async () => {
    vi.mocked(npm).mockRejectedValue(new Error('no way'));
    await expect(installedNpmProject(project, cache)).rejects.toThrow('no way');
    expect(await readdir(cache)).toEqual([]);
  });
});

describe('the environment of a project of somebody else', () => {
  it('has nothing of npm, Nx or a test framework, and this Node first on PATH', () => {
    const env = { npm_config_x: '1', NX_A: '1', VITEST: 'true', JEST_WORKER_ID: '1', NODE_OPTIONS: '--x' };
    const cleaned = cleanEnvironment({ ...env, HOME: '/home', PATH: '/bin' });
    expect(cleaned).toEqual({ HOME: '/home', PATH: `${join(process.execPath, '..')}:/bin` });
  });
});
