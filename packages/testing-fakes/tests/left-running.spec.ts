import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('support/leave-running.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function run(which: string, end: string, onOutput?: (child: ChildProcess) => void): Promise<Ended> {
  const args = [
    '--conditions=@worker-auth/source',
    '--disable-warning=ExperimentalWarning',
    program,
    which,
    end,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.on('data', () => onOutput?.(child));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stderr };
}

describe('a server that is left running', () => {
  it.each([
    ['oauth', 'MockOAuthServer.start'],
    ['gateway', 'TemporalAuthGateway.start'],
    ['proxy', 'ConnectProxy.start'],
  ])('is reported at the end of the process, with where it was started: %s', async (which, start) => {
    const { code, stderr } = await run(which, 'exit');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      new RegExp(
        `^@worker-auth/testing-fakes: a server was left running: ${start} on port \\d+, started at \\S*leave-running\\.ts:\\d+:\\d+\\. End it with stop\\(\\) or await using\\n$`,
      ),
    );
    expect(stderr).not.toContain('hunter2');
  });

  it('is reported for each server of a stack', async () => {
    const { stderr } = await run('stack', 'exit');
    expect(
      stderr.match(/left running: fakeStack on port \d+, started at \S*leave-running\.ts/g),
    ).toHaveLength(2);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is reported when %s ends a process that it keeps alive',
    async (signal) => {
      const ended = await run('oauth', 'wait', (child) => child.kill(signal));
      expect(ended.signal).toBe(signal);
      expect(ended.stderr).toMatch(/left running: MockOAuthServer\.start/);
    },
  );

  it.each(['gateway', 'proxy', 'stack'])(
    'is not reported when it was stopped, and keeps no process alive: %s',
    async (which) => {
      expect(await run(which, 'stop')).toEqual({ code: 0, signal: null, stderr: '' });
    },
  );
});
