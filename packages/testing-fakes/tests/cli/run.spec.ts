import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { portFlag } from '../../src/cli/flags.ts';
import { run } from '../../src/cli/run.ts';
import { LoopbackServer } from '../../src/server/loopback-server.ts';

/** Runs a command line; `stop` is what Ctrl-C does. */
function start(args: readonly string[], command: Partial<Command> = {}) {
  const out: string[] = [];
  const error: string[] = [];
  const stopping = new AbortController();
  const stopped: string[] = [];
  const oven: Command = {
    name: 'oven',
    summary: 'Bakes.',
    flags: { port: portFlag(1) },
    examples: [],
    start: () =>
      Promise.resolve({
        introduction: ['it is hot'],
        env: { OVEN: 'hot' },
        stop: () => {
          stopped.push('stopped');
          return Promise.resolve();
        },
      }),
    ...command,
  };
  const exitCode = run(args, [oven], {
    out: (line) => out.push(line),
    error: (line) => error.push(line),
    stopping: stopping.signal,
  });
  return {
    out,
    error,
    stopped,
    exitCode,
    stop: () => {
      stopping.abort();
    },
  };
}

describe('a command', () => {
  it('tells where it is, and runs until it is told to end', async () => {
    const running = start(['oven']);
    const open = Symbol('open');
    const next = new Promise((resolve) => setImmediate(resolve, open));
    expect(await Promise.race([running.exitCode, next])).toBe(open);
    expect(running).toMatchObject({ out: ['it is hot'], stopped: [] });
    running.stop();
    expect(await running.exitCode).toBe(0);
    expect(running.stopped).toEqual(['stopped']);
  });

  it('that is told to end while it starts, ends', async () => {
    const running = start(['oven']);
    running.stop();
    expect(await running.exitCode).toBe(0);
    expect(running.stopped).toEqual(['stopped']);
  });

  it('prints its help, and starts nothing', async () => {
    const running = start(['oven', '--help']);
    expect(await running.exitCode).toBe(0);
    expect(running.out.join()).toContain('Usage: ');
    expect(running.stopped).toEqual([]);
  });

  it('ends with 1 and a way out when its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const running = start(['oven'], {
      start: async () => {
        await LoopbackServer.start(() => undefined, { port });
        throw new Error('It started');
      },
    });
    expect(await running.exitCode).toBe(1);
    expect(running.error).toEqual([
      `error: port ${port} is in use: end what listens there, or choose another by --port (0 for any that is free)`,
    ]);
    other.close();
  });
});

describe('a program after "--"', () => {
  const inNode = (code: string) => ['oven', '--', process.execPath, '-e', code];

  it('has the environment of the fakes, and its exit code is ours', async () => {
    const running = start(inNode('process.exit(process.env.OVEN === "hot" && process.env.PATH ? 7 : 8)'), {
      runsProgram: true,
    });
    expect(await running.exitCode).toBe(7);
    expect(running).toMatchObject({ stopped: ['stopped'], out: [], error: ['it is hot'] });
  });

  it('is told to end when we are', async () => {
    const running = start(inNode('setInterval(() => undefined, 1000)'), { runsProgram: true });
    running.stop();
    expect(await running.exitCode).toBe(128 + 15);
  });

  it('that cannot be started is an error with its name', async () => {
    const running = start(['oven', '--', './no-such-program'], { runsProgram: true });
    expect(await running.exitCode).toBe(1);
    expect(running.error.at(-1)).toMatch(/^error: "\.\/no-such-program" cannot be started: .*ENOENT/);
    expect(running.stopped).toEqual(['stopped']);
  });
});
