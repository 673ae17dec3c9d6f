import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BundledProject } from '../bundles/bundled-project.ts';
import type { Compiler } from './toolchains.ts';

/** How TypeScript looks for modules. */
export type Resolution = 'nodenext' | 'bundler';

/** What a compiler says, of every declaration that it has looked at. */
export interface CompilerReport {
  /** Of the programs and of what our packages declare. */
  readonly errors: readonly string[];
  /** The packages of others that are wrong by themselves. */
  readonly wrongOthers: readonly string[];
}

/** The folder of the programs in the project. */
const programs = 'compiled';

/** Compiles a program that names all that the entries export, with `strict` and every declaration looked at (`skipLibCheck: false`). */
export async function compileNames(
  project: Pick<BundledProject, 'path' | 'entries'>,
  compiler: Compiler,
  resolution: Resolution,
): Promise<CompilerReport> {
  const folder = join(project.path, programs);
  await mkdir(folder);
  try {
    const files = await namingPrograms(project);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const config = join(folder, 'tsconfig.json');
    await writeFile(
      config,
      JSON.stringify({ compilerOptions: compilerOptions(resolution), include: ['*.ts', '*.mts'] }),
    );
    const args = [compiler.program, '--pretty', 'false', '--project', config];
    return await promisify(execFile)(process.execPath, args, { cwd: project.path }).then(
      () => ({ errors: [], wrongOthers: [] }),
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return reportOf(stdout + stderr);
      },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compilerOptions(resolution: Resolution): object {
  return {
    ...(resolution === 'nodenext'
      ? { module: 'nodenext' }
      : { module: 'esnext', moduleResolution: 'bundler' }),
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    // `await using`, and `HeadersInit`, which the declarations of @dapr/dapr take for granted.
    lib: ['es2023', 'esnext.disposable', 'dom'],
    types: ['node'],
    allowImportingTsExtensions: true,
  };
}

/** For each entry a program with every name of it. */
async function namingPrograms({
  path,
  entries,
}: Pick<BundledProject, 'path' | 'entries'>): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const [index, entry] of entries.entries()) {
    const [scope = '', name = '', part = 'index'] = entry.split('/');
    const declarations = await readFile(
      join(path, 'node_modules', scope, name, 'dist', `${part}.d.ts`),
      'utf8',
    );
    const lists = [...declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, list = '']) => list);
    const names = lists.flatMap((list) => list.split(',')).map((item) => item.trim().split(' ').at(-1) ?? '');
    if (names.length === 0) throw new Error(`No exports of ${entry} are found`);
    files[`names-${index}.ts`] = `export type { ${names.join(', ')} } from '${entry}';\n`;
  }
  return files;
}

/** @throws Error when it failed without a word of what is wrong */
function reportOf(output: string): CompilerReport {
  const lines = output.split('\n').filter((line) => /error TS\d+/.test(line));
  if (lines.length === 0) throw new Error(`The compiler failed: ${output}`);
  const packageOf = (line: string): string | undefined =>
    /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(line.split('(')[0] ?? '')?.[1];
  const isOurs = (line: string): boolean => packageOf(line)?.startsWith('@worker-auth/') ?? true;
  const wrongOthers = new Set(lines.filter((line) => !isOurs(line)).map((line) => packageOf(line) ?? ''));
  return { errors: lines.filter(isOurs), wrongOthers: [...wrongOthers].sort() };
}
