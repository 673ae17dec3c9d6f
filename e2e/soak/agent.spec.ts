import { Client, Connection } from '@temporalio/client';
import { goWorker } from '@worker-auth/servers';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { AgentProcess, packageFolder } from '../src/agent/agent-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const lifetimeSeconds = 20;
const goSource = fileURLToPath(new URL('../../tools/servers/temporal-go', import.meta.url));

await describeWith(
  ['temporal-cli', 'temporal-go'],
  "a worker of Temporal's SDK for Go beside an agent",
  () => {
    it('is rejected no call over three tokens and an outage of the OAuth server', async () => {
      await using temporal = await startTemporalWithGateway(lifetimeSeconds);
      await using folder = await temporaryFolder();
      const out = join(folder.path, 'token');
      const { oauth, gateway, provider } = temporal;
      const env = { ...temporal.env, ...credentialsInEnvironment(oauth, 'postgres_extraction') };
      const journal = join(folder.path, 'journal');
      await writeFile(journal, '');
      const args = ['--', await goWorker(), gateway.address, 'go', journal, out];
      await using agent = new AgentProcess({ env, out, args });
      const connection = await Connection.connect({ address: temporal.upstream });
      onTestFinished(() => connection.close());
      const { workflow } = new Client({ connection });
      let isOver = false;
      const work = async (): Promise<void> => {
        for (let number = 0; !isOver; number++) {
          const workflowId = `go-${number}`;
          await workflow.execute('steady', { taskQueue: 'go', workflowId, args: [workflowId, 0.5, 0] });
        }
      };
      const worked = work();
      const tokens = (): number => oauth.issuedTokens.length;
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(3);
      // Shorter than what is left of the token: the agent asks again and again meanwhile.
      await provider.halt();
      await sleep(3_000);
      await provider.restart();
      const before = tokens();
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(before + 1);
      const last = (): string => tokenFingerprint(oauth.issuedTokens.at(-1) ?? '');
      await expect.poll(() => gateway.tokensOf('RespondActivityTaskCompleted').includes(last())).toBe(true);
      isOver = true;
      await worked;
      expect(await agent.end('SIGTERM')).toBe(0);
      const complaints = agent.lines.filter((line) =>
        /Traceback|PermissionDenied|Unauthenticated/.test(line),
      );
      expect({ rejected: gateway.totals.rejected, complaints }).toEqual({ rejected: 0, complaints: [] });
    });

    it('gets its token as the page says', async () => {
      const page = await readFile(join(packageFolder, 'docs/agent-readers.md'), 'utf8');
      const [reader = '', option = ''] = [...page.matchAll(/^```go\n(.*?)^```$/gms)].map(
        ([, block]) => block,
      );
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
  },
);
