import { cleanEnvironment, npm } from '@worker-auth/servers';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { packageNames } from './publish-all.ts';
import type { Registry } from './registry.ts';

type Environment = Readonly<Record<string, string>>;

/** How a program ended, and what it printed, without colours. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A folder outside of the workspace, in which one project after the other is installed from a registry. */
export interface ProjectFolder extends AsyncDisposable {
  readonly path: string;
  /**
   * Puts the project in the place of the one before, and has npm install what its package.json asks for. What the two have in common is
   * there already; what is not asked for, npm takes away.
   *
   * @param project its folder, from the top of the repository
   */
  install(project: string): Promise<void>;
  /** Runs one of its scripts to its end, with no more in the environment than this; what is in its PATH comes first. */
  run(script: string, env?: Environment, args?: readonly string[]): Promise<Ended>;
  /** Runs one of its scripts while `work` goes on, then has it stopped; what it prints is in the error when `work` fails. */
  runWhile<T>(
    script: string,
    env: Environment,
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly program: Ended }>;
}

/** Longer than a script takes on a busy machine. */
const timeoutMs = 300_000;
const workspace = join(import.meta.dirname, '../../..');
/** What npm has made, and where it gets packages from. */
const kept: readonly string[] = ['node_modules', 'package-lock.json', '.npmrc'];

/** Makes an empty one. */
export async function projectFolder(registry: Registry): Promise<ProjectFolder> {
  const folder = await temporaryFolder();
  const { path } = folder;
  await writeFile(join(path, '.npmrc'), registry.npmrc);
  return {
    path,
    install: async (project) => {
      const old = (await readdir(path)).filter((name) => !kept.includes(name));
      await Promise.all(old.map((name) => rm(join(path, name), { recursive: true })));
      await cp(join(workspace, project), path, { recursive: true });
      await writeFile(join(path, 'package.json'), await currentManifest(project));
      await npm(path, ['install', '--no-audit', '--no-fund']);
    },
    run: async (script, env = {}, args = []) => await ended(await start(path, script, env, args)),
    runWhile: async (script, env, work) => {
      const running = await start(path, script, env, []);
      const end = ended(running);
      const stopped = async (): Promise<Ended> => {
        running.kill('SIGTERM');
        return await end;
      };
      try {
        const result = await Promise.race([work(), end.then(endedEarly)]);
        return { result, program: await stopped() };
      } catch (cause) {
        throw new Error(`Beside a program that printed:\n${(await stopped()).output}`, { cause });
      }
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Its package.json with the versions of ours that there are now: after a release, those that it was written with are not in the registry. */
export async function currentManifest(project: string): Promise<string> {
  let text = await readFile(join(workspace, project, 'package.json'), 'utf8');
  for (const name of packageNames) {
    const manifest = await readFile(join(workspace, 'packages', name, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    text = text.replace(new RegExp(`("@worker-auth/${name}": )"[^"]+"`), `$1"^${version}"`);
  }
  return text;
}

/** As npm runs a script, but a signal reaches the program itself. */
async function start(
  cwd: string,
  script: string,
  env: Environment,
  args: readonly string[],
): Promise<ChildProcess> {
  const manifest = await readFile(join(cwd, 'package.json'), 'utf8');
  const command = (JSON.parse(manifest) as { readonly scripts: Environment }).scripts[script];
  if (command === undefined) throw new Error(`There is no script ${script}`);
  const path = [join(cwd, 'node_modules/.bin'), env['PATH'] ?? [], cleanEnvironment()['PATH']]
    .flat()
    .join(delimiter);
  const settings = { cwd, env: { ...env, PATH: path }, timeout: timeoutMs };
  return spawn('/bin/sh', ['-c', `exec ${command} "$@"`, command, ...args], settings);
}

function endedEarly({ exitCode, output }: Ended): never {
  throw new Error(`The program ended with ${exitCode}:\n${output}`);
}

async function ended(program: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [exitCode] = (await once(program, 'close')) as [number | null];
  return { exitCode, output: stripVTControlCharacters(output) };
}
