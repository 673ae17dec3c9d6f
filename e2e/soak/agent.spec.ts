import { goWorker } from '@worker-auth/servers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const goSource = fileURLToPath(new URL('../../tools/servers/temporal-go', import.meta.url));

await describeWith(['temporal-go'], "a worker of Temporal's SDK for Go beside an agent", () => {
  it('gets its token as the page says', async () => {
    const page = await readFile(join(packageFolder, 'docs/agent-readers.md'), 'utf8');
    const [reader = '', option = ''] = [...page.matchAll(/^```go\n(.*?)^```$/gms)].map(([, block]) => block);
    expect(await readFile(join(goSource, 'token.go'), 'utf8')).toContain(reader);
    expect(reader).toContain('os.ReadFile(path)');
    const shown = option.trim().replace('"/var/run/worker-auth/token"', 'path');
    const source = await readFile(join(goSource, 'main.go'), 'utf8');
    expect(source.replaceAll(/ +/g, ' ')).toContain(shown);
  });

  it('goes on with the last token while the file is away, empty or unreadable', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'token');
    const program = spawn(await goWorker(), ['read', path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
    const read = async (): Promise<unknown> => {
      program.stdin.write('\n');
      return (await lines.next()).value;
    };
    expect(await read()).toBe(' true');
    const steps: [string | undefined, string][] = [
      ['', ' true'],
      ['first\n', 'first false'],
      ['', 'first false'],
      [undefined, 'first false'],
      ['second', 'second false'],
    ];
    for (const [content, expected] of steps) {
      await rm(path, { force: true });
      if (content !== undefined) await writeFile(path, content);
      expect(await read()).toBe(expected);
    }
    await utimes(path, 0, 0);
    expect(await read()).toBe('second false');
    await rm(path);
    await mkdir(path);
    expect(await read()).toBe('second false');
    program.stdin.end();
    expect(await once(program, 'exit')).toEqual([0, null]);
  });
});
