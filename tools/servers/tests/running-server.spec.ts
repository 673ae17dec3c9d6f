import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../src/ports.ts';
import { type ServerPlan, startServer } from '../src/running-server.ts';

const fakeServer = join(import.meta.dirname, 'fixtures', 'fake-server.ts');

function plan(port: number, change: Partial<ServerPlan> = {}): ServerPlan {
  return {
    name: 'fake',
    port,
    launch: { command: process.execPath, args: [fakeServer, String(port)], graceMs: 100 },
    probe: async (signal) => (await fetch(`http://127.0.0.1:${port}`, { signal })).ok,
    ...change,
  };
}

async function takenPort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as { port: number }).port, server };
}

describe('startServer', () => {
  it('resolves when the server answers', async () => {
    const port = await freePort();
    await using server = await startServer(() => Promise.resolve(plan(port)));
    expect(await (await fetch(`http://${server.address}`)).text()).toBe('hello');
  });

  it('ends with the log when the process ends before it answers', async () => {
    const launch = { command: process.execPath, args: ['-e', "console.log('bad flag'); process.exit(1)"] };
    const failing = startServer(async () => plan(await freePort(), { launch }));
    await expect(failing).rejects.toThrow('fake did not start (exit code 1). Its log ends with:\nbad flag');
  });

  it('ends when the server does not answer in time', async () => {
    const port = await freePort();
    const never = startServer(() =>
      Promise.resolve(plan(port, { probe: () => Promise.resolve(false), timeoutMs: 200 })),
    );
    await expect(never).rejects.toThrow('fake did not start (no answer within 200 ms)');
  });

  it('tries other ports when one was taken in the meantime', async () => {
    const { port: taken } = await takenPort();
    const ports = [taken, await freePort()];
    await using server = await startServer(() =>
      Promise.resolve(
        plan(ports.shift() ?? 0, {
          probe: () => Promise.resolve(ports.length === 0),
        }),
      ),
    );
    expect(server.port).not.toBe(taken);
  });

  it('cleans up after stop()', async () => {
    const cleanUp = vi.fn(() => Promise.resolve());
    const port = await freePort();
    const server = await startServer(() => Promise.resolve(plan(port, { cleanUp })));
    expect(cleanUp).not.toHaveBeenCalled();
    await server.stop();
    expect(cleanUp).toHaveBeenCalledTimes(1);
  });
});

describe('a running server', () => {
  it('does not answer between halt() and restart(), and then does on the same port', async () => {
    const port = await freePort();
    await using server = await startServer(() => Promise.resolve(plan(port)));
    const first = server.pid;
    await server.halt();
    await expect(fetch(`http://${server.address}`)).rejects.toThrow();
    await server.restart();
    expect((await fetch(`http://127.0.0.1:${port}`)).ok).toBe(true);
    expect(server.pid).not.toBe(first);
  });
});
