import { cleanEnvironment, runCommand } from '@worker-auth/servers';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { outputOf } from './program.ts';
import { proxiedLanes, startProxied } from './proxied.ts';
import type { Outcome, Outcomes, Suite } from './suite.ts';

const outcomes: Readonly<Record<string, Outcome>> = { pass: 'passed', fail: 'failed', skip: 'skipped' };

/** The integration tests of Temporal's SDK for Go. */
export const go: Suite = {
  name: 'go',
  title: 'temporalio/sdk-go, `test/`',
  lanes: proxiedLanes,
  filesOf: async (clone) => {
    const folder = join(clone, 'test');
    const names = (await readdir(folder)).filter((name) => name.endsWith('_test.go'));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.flatMap((text) => Array.from(text.matchAll(/^func (Test\w+)\(/gm), ([, name = '']) => name));
  },
  notRun: {},
  open: async (clone) => {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await temporaryFolder());
    const tests = join(clone, 'test');
    const program = join(folder.path, 'tests');
    await runCommand('go', ['test', '-c', '-o', program, '.'], { cwd: tests });
    const servers = started.use(await startProxied());
    const owned = started.move();
    return {
      run: async (file, lane, test = file) => {
        const { address, httpAddress } = servers.of(lane);
        const pattern = test.split('/').map((part) => `^${part.replaceAll(/[^\w/]/g, '\\$&')}$`);
        return readEvents(
          await outputOf({
            command: 'go',
            args: [
              ...['tool', 'test2json', program, '-test.v=test2json', '-test.timeout=25m'],
              `-test.run=${pattern.join('/')}`,
            ],
            cwd: tests,
            env: { ...cleanEnvironment(), SERVICE_ADDR: address, SERVICE_HTTP_ADDR: httpAddress },
          }),
        );
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

/** What Go's test framework printed as JSON. */
function readEvents(output: string): Outcomes {
  const found = new Map<string, Outcome>();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"')) continue;
    const { Action, Test } = JSON.parse(line) as { readonly Action: string; readonly Test?: string };
    const outcome = outcomes[Action];
    if (Test !== undefined && outcome !== undefined) found.set(Test, outcome);
  }
  return found;
}
