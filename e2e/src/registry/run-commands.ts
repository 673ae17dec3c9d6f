import { cleanEnvironment } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { InstalledSubject } from './installed-subject.ts';
import type { Subject } from './subjects.ts';

/** A command of a page, and what came of it; `undefined` when it did what it should. */
export interface CommandOutcome {
  readonly command: string;
  readonly failure: string | undefined;
}

/** What a server of the kit prints when it is there. */
const isThere = /127\.0\.0\.1:\d+/;
const timeoutMs = 60_000;

/** Runs each `npx` command of the package's pages where the package is installed. */
export async function runCommands(
  { name, pages }: Subject,
  { folder }: InstalledSubject,
): Promise<readonly CommandOutcome[]> {
  const installed = join(folder, 'node_modules/@worker-auth', name);
  const texts = await Promise.all(pages.map((page) => readFile(join(installed, page), 'utf8')));
  const commands = texts
    .flatMap((text) => codeBlocks(text))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => line.startsWith('npx '));
  const outcomes: CommandOutcome[] = [];
  for (const command of commands) {
    const failure = await run(command, folder).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    outcomes.push({ command, failure });
  }
  return outcomes;
}

async function run(command: string, folder: string): Promise<void> {
  if (command.includes(' doctor')) await examine(command, folder);
  else if (command.includes(' -- ')) await runWorker(command, folder);
  else await startServer(command, folder);
}

/** Where all is well the doctor finds nothing. */
async function examine(command: string, folder: string): Promise<void> {
  await using stack = await fakeStack({ applicationName: 'demo', frontend: true });
  await finish(besideAgent(command), folder, { ...stack.env, ATLAN_APPLICATION_NAME: 'demo' });
}

/** An agent whose token the command looks at, where it names one, and which ends with it. */
function besideAgent(command: string): string {
  const named = / --agent (\S+)$/.exec(command)?.[1];
  if (named === undefined) return command;
  // The command runs in this folder, whose path may have a space.
  const out = 'agent-token';
  return command.replace(/ doctor .*/, ` agent --out ${out} -- ${command.replace(named, out)}`);
}

/** The reader's own worker, which says which environment it was given. */
async function runWorker(command: string, folder: string): Promise<void> {
  const file = join(folder, command.split(' ').at(-1) ?? '');
  await writeFile(file, "import os\nprint(os.environ['ATLAN_WORKFLOW_AUTH_URL'])\n");
  try {
    const output = await finish(command, folder, {});
    if (!/^http:\/\/127\.0\.0\.1:\d+\/token$/m.test(output)) throw new Error(`The worker printed ${output}`);
  } finally {
    await rm(file);
  }
}

async function finish(command: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const [program = '', ...args] = command.split(' ');
  const settings = { cwd, env: { ...cleanEnvironment(), ...env }, timeout: timeoutMs };
  return (await promisify(execFile)(program, args, settings)).stdout;
}

/** On a port of the system, whatever the page says, until it tells where it is. */
async function startServer(command: string, cwd: string): Promise<void> {
  const [program = '', ...args] = `${command.replace(/ --port \d+/, '')} --port 0`.split(' ');
  const child = spawn(program, args, { cwd, env: cleanEnvironment(), detached: true });
  const closed = once(child, 'close', { signal: AbortSignal.timeout(timeoutMs) });
  let output = '';
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      const wasThere = isThere.test(output);
      output += chunk.toString();
      if (!wasThere && isThere.test(output)) end();
    });
  }
  await closed.catch(end);
  if (!isThere.test(output)) throw new Error(`It printed ${output}`);
}
