import process from 'node:process';
import { runInThisContext } from 'node:vm';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { LoopbackServer } from '../../src/server/loopback-server.ts';
import { type StartedBy, startedBy } from '../../src/server/left-running.ts';

const events = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Listener = (signal: unknown) => void;

const listenersOf = (event: string): readonly Listener[] => process.listeners(event as 'exit') as Listener[];

interface Started {
  readonly server: LoopbackServer;
  /** The listeners that came with the server. */
  readonly added: (event: string) => readonly Listener[];
}

async function start(): Promise<Started> {
  const before = new Set(events.flatMap(listenersOf));
  const server = await LoopbackServer.start(() => undefined);
  onTestFinished(() => server.stop());
  return { server, added: (event) => listenersOf(event).filter((listener) => !before.has(listener)) };
}

const lines: string[] = [];
const kill = vi.fn(() => true as const);

beforeEach(() => {
  lines.length = 0;
  kill.mockClear();
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  vi.spyOn(process, 'kill').mockImplementation(kill);
  onTestFinished(() => void vi.restoreAllMocks());
});

it('the process is watched while a server runs, and no longer', async () => {
  const first = await start();
  const second = await start();
  expect(events.map((event) => first.added(event).length)).toEqual([1, 1, 1, 1]);
  await first.server.stop();
  expect(events.map((event) => first.added(event).length)).toEqual([1, 1, 1, 1]);
  await second.server.stop();
  expect(events.map((event) => first.added(event).length)).toEqual([0, 0, 0, 0]);
});

it('a signal that somebody else listens to is theirs', async () => {
  const { added } = await start();
  const [listener] = added('SIGHUP');
  const other = (): void => undefined;
  process.once('SIGHUP', other);
  onTestFinished(() => void process.off('SIGHUP', other));
  expect(listenersOf('SIGHUP')[0]).toBe(listener);
  listener?.('SIGHUP');
  expect(lines).toEqual([]);
  expect(kill).not.toHaveBeenCalled();
});

it('who asks is found below many frames, whose limit stays as it was', () => {
  const limit = Error.stackTraceLimit;
  const deep = (depth: number): string => (depth === 0 ? startedBy().place : deep(depth - 1));
  expect(deep(20)).toMatch(/left-running\.spec\.ts:\d+:\d+$/);
  expect(Error.stackTraceLimit).toBe(limit);
});

it.each(['() => start()', 'function named() { return start(); }'])(
  'knows the place in a file whose path has a space: %s',
  (code) => {
    const filename = '/my projects (1)/app.cjs';
    const run = runInThisContext(`(start) => (${code})()`, { filename }) as (
      start: () => StartedBy,
    ) => StartedBy;
    expect(run(startedBy).place).toMatch(/^\/my projects \(1\)\/app\.cjs:1:\d+$/);
  },
);
