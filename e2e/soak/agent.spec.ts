import { pythonWithTemporal } from '@worker-auth/servers';
import { fakeStack, tokenFingerprint } from '@worker-auth/testing-fakes';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import {
  credentialsInEnvironment,
  type GuardedTemporal,
  startGuardedTemporal,
} from '../src/fixtures/guarded-temporal.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const packageFolder = fileURLToPath(new URL('../../packages/temporal-auth', import.meta.url));
const lifetimeSeconds = 20;

/** The agent in a process of its own. */
function startAgent(
  { env, oauth }: Pick<GuardedTemporal, 'env' | 'oauth'>,
  args: readonly string[],
): ChildProcess {
  const node = ['--conditions=@worker-auth/source', join(packageFolder, 'src/cli.ts'), 'agent', ...args];
  const agent = spawn(process.execPath, node, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      ...{ ...env, ...credentialsInEnvironment(oauth, 'postgres_extraction') },
      ATLAN_APPLICATION_NAME: 'postgres-extraction',
    },
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  return agent;
}

/** The block of the page that follows the file, and a worker around it: a workflow each 0.5 s until its input ends. */
async function pythonProgram(tokenFile: string): Promise<string> {
  const page = await readFile(join(packageFolder, 'docs/agent.md'), 'utf8');
  const [, block = ''] = /^```python\n(.*?)^```$/ms.exec(page) ?? [];
  expect(block).toContain('client.api_key');
  return `${block.replace('/var/run/worker-auth/token', tokenFile)}
import sys
from datetime import timedelta
from temporalio import activity, workflow
from temporalio.worker import Worker, UnsandboxedWorkflowRunner

@activity.defn
async def count_rows(table: str) -> int:
    await asyncio.sleep(0.2)
    return len(table)

@workflow.defn
class Extract:
    @workflow.run
    async def run(self, table: str) -> int:
        return await workflow.execute_activity(count_rows, table, start_to_close_timeout=timedelta(seconds=60))

async def main() -> None:
    client = await Client.connect(sys.argv[1], api_key=open(TOKEN).read(), tls=False)
    following = asyncio.create_task(follow(client))
    options = {"workflows": [Extract], "activities": [count_rows], "workflow_runner": UnsandboxedWorkflowRunner()}
    async with Worker(client, task_queue="python", **options):
        number = 0
        while not os.path.exists(TOKEN + ".stop"):
            await client.execute_workflow(Extract.run, "orders", id=f"python-{number}", task_queue="python")
            number += 1
            print(number, flush=True)
            await asyncio.sleep(0.5)
    following.cancel()

asyncio.run(main())
`;
}

await describeWith(
  ['temporal-cli', 'temporalio'],
  "a worker of Temporal's SDK for Python beside an agent",
  () => {
    it('is refused no call over three tokens and an outage of the OAuth server', async () => {
      await using temporal = await startGuardedTemporal(lifetimeSeconds);
      const { path, ...folder } = await temporaryFolder();
      onTestFinished(() => folder[Symbol.asyncDispose]());
      const [out, program] = [join(path, 'token'), join(path, 'worker.py')];
      await writeFile(program, await pythonProgram(out));
      const { oauth, gateway, provider } = temporal;
      const command = ['--', await pythonWithTemporal(), program, gateway.address];
      const agent = startAgent(temporal, ['--out', out, ...command]);
      const complaints: string[] = [];
      if (agent.stderr === null) throw new TypeError('The agent has no standard error.');
      createInterface({ input: agent.stderr }).on('line', (line) => complaints.push(line));
      const tokens = (): number => oauth.issuedTokens.length;
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(3);
      // Shorter than what is left of the token: the agent asks again and again meanwhile.
      await provider.halt();
      await sleep(3_000);
      await provider.restart();
      const before = tokens();
      await expect.poll(tokens, { timeout: 120_000 }).toBeGreaterThanOrEqual(before + 1);
      await sleep(2_000);
      const last = oauth.issuedTokens.at(-1) ?? '';
      expect(gateway.tokensOf('PollWorkflowTaskQueue')).toContain(tokenFingerprint(last));
      await writeFile(`${out}.stop`, '');
      expect(await once(agent, 'exit')).toEqual([0, null]);
      expect({
        refused: gateway.totals.refused,
        complaints: complaints.filter((line) => line.includes('Traceback')),
      }).toEqual({
        refused: 0,
        complaints: [],
      });
    });
  },
);

it('a thousand readers get each token for one request, and never one that is over', async () => {
  await using stack = await fakeStack({ oauth: { lifetimeSeconds } });
  const { path, ...folder } = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [out, bearerFile] = [join(path, 'token'), join(path, 'bearer')];
  const port = await freePort();
  startAgent(stack, ['--out', out, '--listen', `127.0.0.1:${port}`, '--bearer-file', bearerFile]);
  await expect
    .poll(
      () =>
        stat(out).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true);
  const headers = { authorization: `Bearer ${await readFile(bearerFile, 'utf8')}` };
  const endsAt = performance.now() + 45_000;
  const [times, seen]: [number[], Set<string>] = [[], new Set()];
  let over = 0;
  const reader = async (number: number): Promise<void> => {
    await sleep(number);
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      const response = await fetch(`http://127.0.0.1:${port}/token`, { headers });
      const { access_token: token, expires_in: seconds } = (await response.json()) as {
        access_token: string;
        expires_in: number;
      };
      times.push(performance.now() - startedAt);
      seen.add(token);
      if (seconds < 0) over++;
      await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => reader(number)));
  times.sort((left, right) => left - right);
  const p99 = times[Math.floor(times.length * 0.99)];
  console.log(
    `${times.length} answers, p99 ${p99?.toFixed(1)} ms, ${stack.oauth.tokenRequests.length} token requests`,
  );
  expect([seen.size, over]).toEqual([stack.oauth.issuedTokens.length, 0]);
  expect(stack.oauth.tokenRequests).toHaveLength(seen.size);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
