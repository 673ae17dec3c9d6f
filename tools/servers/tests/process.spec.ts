import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { launch, type SupervisedProcess } from '../src/process.ts';
import { isRunning, runFixture, untilGone } from './support.ts';

const fakeServer = join(import.meta.dirname, 'fixtures', 'fake-server.ts');

async function launchFake(graceMs = 100): Promise<SupervisedProcess> {
  const server = await launch({ command: process.execPath, args: [fakeServer, '0'], graceMs });
  onTestFinished(() => server.stop());
  await vi.waitUntil(() => server.logTail().startsWith('pids'), { timeout: 60_000, interval: 20 });
  return server;
}

/** The fake server's process and its child's. */
function pidsIn(line: string): number[] {
  return line.split(' ').slice(1).map(Number);
}

describe('a supervised process', () => {
  it('ends with its children by stop()', async () => {
    const server = await launchFake();
    const pids = pidsIn(server.logTail());
    expect(pids.map(isRunning)).toEqual([true, true]);
    await server.stop();
    await untilGone(pids);
  });

  it('ends with its children when the process that started it is killed with SIGKILL', async () => {
    const parent = runFixture('parent.ts', []);
    const pids = pidsIn(await parent.nextLine());
    expect(pids.map(isRunning)).toEqual([true, true]);
    process.kill(parent.pid, 'SIGKILL');
    await untilGone(pids);
  });

  it('ends with its children when its supervisor is killed with SIGKILL', async () => {
    const server = await launchFake();
    const pids = pidsIn(server.logTail());
    const supervisor = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(server.pid)]).toString());
    process.kill(supervisor, 'SIGKILL');
    await untilGone(pids);
    expect(server.endReason).toBe('its supervisor ended with SIGKILL');
  });

  it('tells why it ended by itself', async () => {
    const server = await launch({ command: process.execPath, args: ['-e', 'process.exit(3)'] });
    await vi.waitUntil(() => server.endReason !== undefined, { timeout: 60_000 });
    expect(server.endReason).toBe('exit code 3');
  });

  it('keeps the last lines of both outputs', async () => {
    const code = "for (let i = 1; i <= 500; i++) console.log(i); console.error('last')";
    const server = await launch({ command: process.execPath, args: ['-e', code] });
    await vi.waitUntil(() => server.endReason !== undefined, { timeout: 60_000 });
    await server.stop();
    expect(server.logTail(Infinity).split('\n')).toHaveLength(400);
    expect(server.logTail(500)).toContain('last');
  });
});
