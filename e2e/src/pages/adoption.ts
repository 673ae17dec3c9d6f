import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A project as Temporal's `@temporalio/create` lays one out, before and after it has adopted the plugin. */
export const helloWorld = { before: 'e2e/hello-world', adopted: 'examples/worker' } as const;

const cwd = join(import.meta.dirname, '../../..');

/** What adoption changes: of each file that differs, its name and its lines with `+` or `-`. */
export async function adoption(): Promise<ReadonlyMap<string, readonly string[]>> {
  const folders = [helloWorld.before, helloWorld.adopted];
  const args = ['diff', '--no-index', '--no-color', '--unified=0', ...folders];
  const { stdout } = await promisify(execFile)('git', args, { cwd }).catch(
    // An exit code of 1 is what a difference has.
    (error: unknown) => error as { stdout: string },
  );
  const files = stdout.split(/^diff --git .*examples\/worker\//m);
  return new Map(
    files
      .filter((file) => !file.includes('\nnew file mode '))
      .map((file): [string, readonly string[]] => {
        const [name = '', ...lines] = file.split('\n');
        return [name, lines.filter((line) => /^[+-](?!\+\+ |-- )/.test(line))];
      }),
  );
}
