import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeBlocks, isTypeScript } from './markdown-blocks.ts';

/** How an example ended. */
export interface ExampleResult {
  /** 0 when the example ran to its end. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A TypeScript block of a page. */
export interface ExamplePlace {
  /** The page that has the example, a path in the package. Default its README.md. */
  readonly page?: string;
  /** Which of the page's TypeScript blocks: counted from 0, or the first with this text in it. Default 0, the first example. */
  readonly index?: number | string;
}

/** Settings of one run. */
export interface RunOptions {
  /** Environment variables on top of `PATH`: where the example finds its servers and credentials. */
  readonly env?: Readonly<Record<string, string>>;
  /** An example that runs until it is told to stop gets SIGTERM when this settles. */
  readonly until?: Promise<unknown>;
  /** The example is killed after this many milliseconds. Default 100,000: a busy machine takes long to start one. */
  readonly timeoutMs?: number;
}

/** Settings of one run of a block. */
export interface ExampleOptions extends ExamplePlace, RunOptions {
  /** More blocks, by the name of the file that the example expects beside itself: of its page, or of another one. Default none. */
  readonly files?: Readonly<Record<string, number | ExamplePlace>>;
}

let runs = 0;

/**
 * Runs a TypeScript block of a package's README, or of another of its pages, word for word, in a process of its own on the sources of this
 * workspace. So an example that does not run fails a test.
 *
 * @param packageFolder the package's folder, with the README.md in it
 * @throws RangeError when the page has no such block
 */
export async function runReadmeExample(
  packageFolder: string,
  options: ExampleOptions = {},
): Promise<ExampleResult> {
  const folder = join(packageFolder, 'reports', `readme-example-${process.pid}-${runs++}`);
  await mkdir(folder, { recursive: true });
  try {
    const examples = [await readExample(packageFolder, options)];
    const names = ['example.ts'];
    for (const [name, place] of Object.entries(options.files ?? {})) {
      names.push(name);
      examples.push(
        await readExample(packageFolder, typeof place === 'number' ? { ...options, index: place } : place),
      );
    }
    for (const [index, code] of examples.entries()) await writeFile(join(folder, names[index] ?? ''), code);
    return await runProgram(join(folder, 'example.ts'), options, packageFolder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readExample(folder: string, { page = 'README.md', index = 0 }: ExamplePlace): Promise<string> {
  const blocks = codeBlocks(await readFile(join(folder, page), 'utf8')).filter(isTypeScript);
  const block = typeof index === 'number' ? blocks[index] : blocks.find(({ code }) => code.includes(index));
  if (block === undefined) {
    throw new RangeError(`${page} has ${blocks.length} TypeScript blocks, none at ${JSON.stringify(index)}`);
  }
  return block.code;
}

/** Runs a program in a process of its own, on the sources of this workspace. */
export function runProgram(file: string, options: RunOptions, cwd = dirname(file)): Promise<ExampleResult> {
  const { timeoutMs = 100_000, until } = options;
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...options.env };
  const args = ['--conditions=@worker-auth/source', file];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd, env, timeout: timeoutMs },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitCode, stdout, stderr });
      },
    );
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    until?.then(stop, stop);
  });
}
