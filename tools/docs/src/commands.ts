import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package.json of this repository, as far as commands name what is in it. */
interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  /** The file that lists the generators of Nx. */
  readonly generators?: string;
}

/** What Nx has of itself for a project, see nx.json. */
const inferredTargets = ['build', 'e2e', 'stage', 'test'];

/**
 * What is wrong with the commands of a block of shell: scripts, targets, programs and files of this repository that are not there. What
 * belongs to others, such as kubectl, is not looked at.
 *
 * @param workspace the top of the repository
 * @param folder whose package.json has the scripts, from the top of the repository
 */
export function faultsInCommands(code: string, workspace: string, folder = ''): readonly string[] {
  return code
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .flatMap((line) => [
      ...faultsInCommand(line.split(/\s+/), workspace, folder),
      ...missingFiles(line, workspace),
    ]);
}

function faultsInCommand(words: readonly string[], workspace: string, folder: string): readonly string[] {
  const [program = '', first = '', ...rest] = words;
  if (program === 'npm' && first === 'run') return missingScript(rest[0] ?? '', join(workspace, folder));
  if (program === 'npm' && ['start', 'test'].includes(first))
    return missingScript(first, join(workspace, folder));
  if (program === 'npx' && first === 'nx') return missingTarget(rest, workspace);
  if (program === 'npx' && first.startsWith('@worker-auth/')) return unknownOptions(first, rest, workspace);
  return [];
}

function missingScript(name: string, folder: string): readonly string[] {
  const { scripts = {} } = readManifest(join(folder, 'package.json'));
  return name in scripts ? [] : [`package.json has no script "${name}"`];
}

/** `npx nx <target> <project>` and `npx nx run <project>:<target>`; commands of Nx itself have no project. */
function missingTarget(words: readonly string[], workspace: string): readonly string[] {
  const [first = '', second = ''] = words;
  if (first === 'generate') return missingGenerator(second, workspace);
  const [project, target] = first === 'run' ? second.split(':') : [second, first];
  if (project === undefined || !/^[@\w]/.test(project)) return [];
  const manifest = findManifest(workspace, ({ name }) => [name, name.split('/')[1]].includes(project));
  if (manifest === undefined) return [`there is no project "${project}"`];
  const targets = [...inferredTargets, ...Object.keys(manifest.scripts ?? {})];
  return targets.includes(target ?? '') ? [] : [`"${project}" has no target "${target}"`];
}

/** `npx nx generate <package>:<generator>` */
function missingGenerator(name: string, workspace: string): readonly string[] {
  const [collection, generator = ''] = name.split(':');
  const manifest = findManifest(
    workspace,
    (each) => each.name === collection && each.generators !== undefined,
  );
  if (manifest?.generators === undefined) return [`"${collection ?? ''}" has no generators`];
  const { generators } = JSON.parse(
    readFileSync(join(workspace, manifest.folder, manifest.generators), 'utf8'),
  ) as { readonly generators: Readonly<Record<string, unknown>> };
  return generator in generators ? [] : [`"${collection ?? ''}" has no generator "${generator}"`];
}

/** `npx @worker-auth/<package> <command> --option`, against what the program says for `--help`. */
function unknownOptions(name: string, words: readonly string[], workspace: string): readonly string[] {
  const manifest = findManifest(workspace, (each) => each.name === name && each.bin !== undefined);
  if (manifest?.bin === undefined) return [`${name} has no program`];
  // A program without commands begins with an option.
  const [command = '', ...rest] = words[0]?.startsWith('--') === true ? ['', ...words] : words;
  const [bin = ''] = Object.values(manifest.bin);
  const source = join(workspace, manifest.folder, bin.replace('dist', 'src').replace(/\.js$/, '.ts'));
  // What follows is for the program that is run.
  const ownArgs = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  const help = helpOf(source, command);
  if (help === undefined) return [`${name} has no command "${command}"`];
  return ownArgs
    .filter((word) => word.startsWith('--') && !help.includes(`  ${word} `))
    .map((option) => `${name} ${command} has no option ${option}`);
}

/** What programs have said, by source and command: each is a process of its own. */
const helps = new Map<string, string | undefined>();

/** What a program says for `--help` of a command; undefined when it has none. */
function helpOf(source: string, command: string): string | undefined {
  const key = `${source} ${command}`;
  if (!helps.has(key)) helps.set(key, askForHelp(source, command));
  return helps.get(key);
}

function askForHelp(source: string, command: string): string | undefined {
  try {
    const args = ['--conditions=@worker-auth/source', source, ...(command === '' ? [] : [command]), '--help'];
    return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return undefined;
  }
}

/** Paths of this repository, as commands for it name them. */
function missingFiles(line: string, workspace: string): readonly string[] {
  const paths = line.match(/(?<=^|\s)(?:components|examples|packages|tools|e2e)\/[\w./-]+/g) ?? [];
  return paths.filter((path) => !existsSync(join(workspace, path))).map((path) => `${path} is not there`);
}

function findManifest(
  workspace: string,
  isWanted: (manifest: Manifest) => boolean,
): (Manifest & { readonly folder: string }) | undefined {
  return globSync('{packages/*,tools/*,e2e}/package.json', { cwd: workspace })
    .map((path) => ({ ...readManifest(join(workspace, path)), folder: dirname(path) }))
    .find(isWanted);
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
