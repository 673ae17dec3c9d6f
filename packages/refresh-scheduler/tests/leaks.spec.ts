import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FakeClock, watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { openBench, TokenServer } from './token-server.ts';

/** Runs a module in a process of its own, on the sources, and returns what it printed once it has ended by itself. */
async function runAlone(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@worker-auth/source', '--input-type=module', '--eval', code],
    // Nx asks for colours, which would be in what is printed.
    { cwd: join(import.meta.dirname, '..'), timeout: 100_000, env: { PATH: process.env['PATH'] } },
  );
  return stdout;
}

const program = (options: string): string => `
  import { readInstant, RefreshScheduler, systemClock } from '@worker-auth/refresh-scheduler';
  const scheduler = new RefreshScheduler({
    refresh: async () => ({ value: 'x', obtainedAt: readInstant(systemClock), lifetimeMs: 3_600_000 }),
    ${options}
  });
  scheduler.start();
  await scheduler.refreshNow();
  const isKept = process.getActiveResourcesInfo().includes('Timeout');
  console.log(\`\${scheduler.state.kind}, kept alive: \${isKept}\`);
`;

describe('a process with a started scheduler', () => {
  it('exits by itself', async () => {
    expect(await runAlone(program(''))).toBe('scheduled, kept alive: false\n');
  });

  it('is kept alive until stop() when that is asked for', async () => {
    const code = `${program('keepAlive: true')}; await scheduler.stop();`;
    expect(await runAlone(code)).toBe('scheduled, kept alive: true\n');
  });
});

describe('what is left behind', () => {
  it('is no listener on the signal of a caller of refreshNow, once the refresh is over', async () => {
    const { clock, server, scheduler } = openBench();
    const { signal } = new AbortController();
    for (const error of [undefined, new Error('503')]) {
      server.answer = { latencyMs: 10, ...(error && { error }) };
      const callers = [scheduler.refreshNow({ signal }), scheduler.refreshNow({ signal })];
      expect(getEventListeners(signal, 'abort')).toHaveLength(2);
      await clock.advance(10);
      await Promise.allSettled(callers);
      await clock.advance(0);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    }
  });

  it('is one timer while it runs and none after stop(), whatever happened', async () => {
    const { clock, server, scheduler } = openBench();
    scheduler.start();
    for (let round = 0; round < 100; round++) {
      server.answer = round % 3 === 0 ? { error: new Error('503') } : {};
      await scheduler.refreshNow().catch(() => undefined);
      scheduler.accept(server.lease('accepted'));
      await clock.advance(60_000);
      expect(clock.pendingTimers).toBe(1);
    }
    await scheduler.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is no unhandled rejection when nobody waits for a refresh that fails', async () => {
    using unhandled = watchUnhandledRejections();
    const clock = new FakeClock();
    const server = new TokenServer(clock, { error: new Error('503') });
    const scheduler = new RefreshScheduler({ refresh: server.refresh, clock });
    scheduler.start();
    void scheduler.refreshNow();
    void scheduler.refreshNow({ signal: AbortSignal.abort() });
    void scheduler.refreshNow({ signal: new AbortController().signal });
    await clock.advance(600_000);
    await scheduler.stop();
    void scheduler.refreshNow();
    await clock.advance(0);
    expect(await unhandled.end()).toEqual([]);
  });
});
