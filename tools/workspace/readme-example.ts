import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How an example ended. */
export interface ExampleResult {
  /** 0 when the example ran to its end. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of one run. */
export interface ExampleOptions {
  /** The page that has the example, a path in the package. Default its README.md. */
  readonly page?: string;
  /** Which of the page's TypeScript blocks: counted from 0, or the first with this text in it. Default 0, the first example. */
  readonly index?: number | string;
  /** Environment variables on top of `PATH`: where the example finds its servers and credentials. */
  readonly env?: Readonly<Record<string, string>>;
  /** More of the page's blocks, by the name of the file that the example expects beside itself. Default none. */
  readonly files?: Readonly<Record<string, number>>;
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
  const { page = 'README.md' } = options;
  const folder = join(packageFolder, 'reports', `readme-example-${process.pid}-${runs++}`);
  await mkdir(folder, { recursive: true });
  try {
    for (const [name, index] of Object.entries({ 'example.ts': options.index ?? 0, ...options.files })) {
      await writeFile(join(folder, name), await readExample(join(packageFolder, page), index));
    }
    return await run(join(folder, 'example.ts'), packageFolder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readExample(page: string, index: number | string): Promise<string> {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  const code = typeof index === 'number' ? blocks[index] : blocks.find((block) => block.includes(index));
  if (code === undefined) {
    throw new RangeError(`${page} has ${blocks.length} TypeScript blocks, none at ${JSON.stringify(index)}`);
  }
  return code;
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
