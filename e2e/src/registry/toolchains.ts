import { installedNpmProject, type NpmProject } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A way to run programs, with its name for people. */
export interface NamedRuntime {
  readonly name: string;
  readonly program: string;
  /** Before the file. */
  readonly args: readonly string[];
}

/** A TypeScript compiler. */
export interface Compiler {
  /** Such as `5.6`. */
  readonly version: string;
  /** The program, for Node. */
  readonly program: string;
}

/** The Nodes that the pages name: the gate needs no other toolchain. */
const nodesOfPages: NpmProject = {
  name: 'nodes',
  folder: join(import.meta.dirname, '../../nodes'),
  proof: `node_modules/node-22.18-${process.platform}-${process.arch}/package.json`,
};

const toolchains: NpmProject = {
  name: 'toolchains',
  folder: join(import.meta.dirname, '../../toolchains'),
  proof: 'node_modules/typescript-7.0/package.json',
  prepare: linkBun,
};

/** The oldest Node that the packages are for, the one that runs this, and the newest. */
export async function nodes(): Promise<readonly NamedRuntime[]> {
  // Node 22 calls it an experiment that it takes the types away, and that `require` loads an ES module.
  const quiet = '--disable-warning=ExperimentalWarning';
  return [
    { name: 'Node 22', program: await programOf(toolchains, '22'), args: [quiet] },
    {
      name: `Node ${process.versions.node.split('.')[0] ?? ''}`,
      program: process.execPath,
      args: [],
    },
    { name: 'Node 26', program: await programOf(toolchains, '26'), args: [] },
  ];
}

/** Programs of Node that no package of npm has for each platform. */
export interface OldNodes {
  /** Older than the packages promise. */
  readonly tooOld: string;
  /** The very first that they promise. */
  readonly first: string;
}

/** `undefined` where this platform has none. */
export async function oldNodes(): Promise<OldNodes | undefined> {
  const [tooOld, first] = [await programOf(toolchains, '20'), await programOf(toolchains, '22.0')];
  return [tooOld, first].every((program) => existsSync(program)) ? { tooOld, first } : undefined;
}

/** The program of a Node: the first of a minor, or another of its major where npm has not that for this platform. */
export function nodeOf(version: '22.12' | '22.18'): Promise<string> {
  return programOf(nodesOfPages, version);
}

async function programOf(project: NpmProject, version: string): Promise<string> {
  const name = `node-${version}-${process.platform}-${process.arch}`;
  return join(await installedNpmProject(project), 'node_modules', name, 'bin/node');
}

/** Bun and Deno, as far as this platform has them. */
export async function otherRuntimes(): Promise<readonly NamedRuntime[]> {
  const programs = join(await installedNpmProject(toolchains), 'node_modules/.bin');
  const deno = ['run', '--allow-all', '--no-check', '--node-modules-dir=manual'];
  return [
    { name: 'Bun', program: join(programs, 'bun'), args: ['run'] },
    { name: 'Deno', program: join(programs, 'deno'), args: deno },
  ].filter(({ program }) => existsSync(program));
}

/** The compilers, the oldest first. */
export async function compilers(): Promise<readonly Compiler[]> {
  const modules = join(await installedNpmProject(toolchains), 'node_modules');
  return ['5.6', '5.8', '6.0', '7.0'].map((version) => ({
    version,
    program: join(modules, `typescript-${version}`, 'bin/tsc'),
  }));
}

/** The one script that has to run: it puts the binary of the platform's package in its place. */
async function linkBun(folder: string): Promise<void> {
  const bun = join(folder, 'node_modules/bun');
  if (existsSync(bun)) await promisify(execFile)(process.execPath, ['install.js'], { cwd: bun });
}
