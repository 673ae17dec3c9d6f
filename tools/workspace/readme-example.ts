import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordExample } from './example-record.ts';
import { codeBlocks } from './markdown-blocks.ts';

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
export interface ExampleOptions extends ExamplePlace {
  /** Environment variables on top of `PATH`: where the example finds its servers and credentials. */
  readonly env?: Readonly<Record<string, string>>;
  /** More blocks, by the name of the file that the example expects beside itself: of its page, or of another one. Default none. */
  readonly files?: Readonly<Record<string, number | ExamplePlace>>;
  /** An example that runs until it is told to stop gets SIGTERM when this settles. */
  readonly until?: Promise<unknown>;
  /** The example is killed after this many milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
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
    const others = Object.entries(options.files ?? {}).map(
      ([name, place]) => [name, typeof place === 'number' ? { ...options, index: place } : place] as const,
    );
    const examples = [];
    for (const [name, place] of [['example.ts', options] as const, ...others]) {
      const example = await readExample(packageFolder, place);
      await writeFile(join(folder, name), example.code);
      examples.push(example);
    }
    const result = await run(join(folder, 'example.ts'), packageFolder, options);
    if (result.exitCode === 0) {
      for (const { page, code } of examples) await recordExample(packageFolder, page, code);
    }
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readExample(
  packageFolder: string,
  { page = 'README.md', index = 0 }: ExamplePlace,
): Promise<{ readonly page: string; readonly code: string }> {
  const blocks = codeBlocks(await readFile(join(packageFolder, page), 'utf8'))
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code);
  const code = typeof index === 'number' ? blocks[index] : blocks.find((block) => block.includes(index));
  if (code === undefined) {
    throw new RangeError(`${page} has ${blocks.length} TypeScript blocks, none at ${JSON.stringify(index)}`);
  }
  return { page, code };
}

function run(file: string, cwd: string, options: ExampleOptions): Promise<ExampleResult> {
  const env = { PATH: process.env['PATH'], ...options.env };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@worker-auth/source', file],
      { cwd, env, timeout: options.timeoutMs ?? 30_000 },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitCode, stdout, stderr });
      },
    );
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    options.until?.then(stop, stop);
  });
}
