import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { asFirstProcess, firstProcessOf, firstProcessProblem } from '@worker-auth/workspace/first-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exitCode, startAgent, written } from './support/agent-process.ts';

/** A program that leaves five orphans behind, and counts what nobody has reaped; ends with 9 by SIGTERM. */
const program = `for i in 1 2 3 4 5; do (sleep 0.05 &) ; done
for i in 1 2 3 4 5 6 7 8 9; do
  sleep 0.4
  left=$(grep -l '^State:.Z' /proc/[0-9]*/status | wc -l)
  [ $left = 0 ] && break
done
echo $left
trap 'exit 9' TERM
echo waits
while :; do sleep 0.1; done`;

const problem = firstProcessProblem();

it.skipIf(problem !== undefined)(
  'as the first process of a container it reaps, hands on signals and ends as its program',
  async () => {
    await using oauth = await MockOAuthServer.start();
    const folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
    onTestFinished(() => rm(folder, { recursive: true, maxRetries: 10 }));
    const args = ['--out', join(folder, 'token'), '--', 'sh', '-c', program];
    const agent = startAgent({ oauth, before: asFirstProcess, args });
    const said = written(agent, 'stdout');
    await expect.poll(said, { timeout: 30_000 }).toMatch(/waits/);
    expect(said().split('\n')[0]?.trim()).toBe('0');
    process.kill(firstProcessOf(agent.pid ?? 0), 'SIGTERM');
    expect(await exitCode(agent)).toBe(9);
  },
);
