import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A project as Temporal's `@temporalio/create` lays one out, before and after it has adopted the plugin. */
export type HelloWorld = 'hello-world' | 'hello-world-adopted';

/** How a program ended, and what it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A copy of such a project, compiled. */
export interface CompiledProject extends AsyncDisposable {
  /** Runs the project's client to its end. */
  client(env: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs the project's worker until `until` is settled; then it is told to stop. */
  worker(env: Readonly<Record<string, string>>, until: Promise<unknown>): Promise<Ended>;
}

const sources = join(import.meta.dirname, '../../consumers');
/** Below the workspace, from where the packages are found as they are built. */
const copies = join(import.meta.dirname, '../../reports');
const run = promisify(execFile);
let count = 0;

/** What adoption changes: of each file that differs, its name and its lines with `+` or `-`. */
export async function adoption(): Promise<ReadonlyMap<string, readonly string[]>> {
  const args = ['diff', '--no-index', '--no-color', '--unified=0', 'hello-world', 'hello-world-adopted'];
  const { stdout } = await run('git', args, { cwd: sources }).catch(
    // An exit code of 1 is what a difference has.
    (error: unknown) => error as { stdout: string },
  );
  return new Map(
    stdout.split(/^diff --git .*hello-world-adopted\//m).map((file): [string, readonly string[]] => {
      const [name = '', ...lines] = file.split('\n');
      return [name, lines.filter((line) => /^[+-](?!\+\+ |-- )/.test(line))];
    }),
  );
}

/** Copies and compiles one of the two as its package.json says. */
export async function compileProject(name: HelloWorld): Promise<CompiledProject> {
  const folder = join(copies, `${name}-${process.pid}-${count++}`);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await mkdir(copies, { recursive: true });
  try {
    await cp(join(sources, name), folder, { recursive: true });
    await run('npx', ['tsc', '--build'], { cwd: folder });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    client: (env) => ended(start(folder, 'lib/client.js', env)),
    worker: async (env, until) => {
      const program = start(folder, 'lib/worker.js', env);
      const stop = (): boolean => program.kill('SIGTERM');
      until.then(stop, stop);
      return await ended(program);
    },
    [Symbol.asyncDispose]: remove,
  };
}

function start(cwd: string, file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  return spawn(process.execPath, [file], { cwd, env: { ...env, PATH: path }, timeout: 60_000 });
}

async function ended(program: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [exitCode] = (await once(program, 'close')) as [number | null];
  return { exitCode, output };
}
