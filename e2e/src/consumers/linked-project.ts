import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** How a program ended: with 0 when all was well, and what it printed. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly output: string;
}

/** A project outside of the workspace, with the packages as they are published, and of others those alone that are named. */
export interface LinkedProject extends AsyncDisposable {
  /** Compiles it, with every declaration looked at (`skipLibCheck: false`). */
  compile(): Promise<ProgramResult>;
  /** Runs one of its JavaScript files, which comes first, with these arguments. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProgramResult>;
}

const workspace = join(import.meta.dirname, '../../..');
const packages = ['refresh-scheduler', 'secret-store', 'token-manager', 'temporal-auth'];
const program = promisify(execFile);

/**
 * Puts such a project together. No package is installed: those of others are links into the workspace.
 *
 * @param sources the folder of its files, below `consumers`
 * @param modules what else is installed
 */
export async function linkedProject(sources: string, modules: readonly string[]): Promise<LinkedProject> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-project-'));
  const installed = (name: string): string => join(folder, 'node_modules', name);
  await cp(join(import.meta.dirname, '../../consumers', sources), folder, { recursive: true });
  for (const name of packages) {
    await cp(join(workspace, 'packages', name, 'publish'), installed(`@worker-auth/${name}`), {
      recursive: true,
    });
  }
  for (const name of modules) {
    await mkdir(dirname(installed(name)), { recursive: true });
    await symlink(join(workspace, 'node_modules', name), installed(name));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return {
    compile: async () => {
      const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
      return await ended(folder, [
        join(workspace, 'node_modules/typescript/bin/tsc'),
        ...compilerOptions,
        ...files,
      ]);
    },
    run: (args, env) => ended(folder, args, env),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const compilerOptions = [
  ...['--strict', '--skipLibCheck', 'false', '--module', 'nodenext'],
  ...['--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node', '--ignoreConfig'],
];

async function ended(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  try {
    const { stdout, stderr } = await program(process.execPath, [...args], { cwd, env, timeout: 100_000 });
    return { exitCode: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, output: stdout + stderr };
  }
}
