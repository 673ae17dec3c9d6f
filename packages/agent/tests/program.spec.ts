import { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { passedLogins, programEnv, runProgram } from '../src/program.ts';

const env = { PATH: process.env['PATH'] };
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const listeners = () => signals.flatMap((signal) => process.listeners(signal));

const report = vi.fn();

/** A program in Node's own words. */
const node = (code: string): readonly string[] => [process.execPath, '-e', code];

it.each([
  ['it ends by itself', node('process.exit(Number(process.env.CODE))'), 7, []],
  ['a signal ends it', node(`process.kill(process.pid, 'SIGKILL')`), 137, []],
  ['there is no such program', ['no-such-program'], 127, ['error: no-such-program cannot be run (ENOENT)']],
  ['it cannot be run', [tmpdir()], 126, [`error: ${tmpdir()} cannot be run (EACCES)`]],
])(
  'gives the exit code, and the reason where there is one, when %s',
  async (_what, program, code, reasons) => {
    const before = listeners();
    const reported: string[] = [];
    expect(await runProgram(program, { ...env, CODE: '7' }, (reason) => reported.push(reason))).toBe(code);
    expect(reported).toEqual(reasons);
    // Those of tests before may go meanwhile.
    expect(listeners().filter((listener) => !before.includes(listener))).toEqual([]);
  },
);

it('waits for a program of another user, to which it may send no signal', async () => {
  const kill = vi.spyOn(ChildProcess.prototype, 'kill').mockImplementation(function (this: ChildProcess) {
    this.emit('error', Object.assign(new Error('kill EPERM'), { code: 'EPERM', syscall: 'kill' }));
    return false;
  });
  onTestFinished(() => {
    kill.mockRestore();
  });
  const others = process.listeners('SIGHUP');
  const run = runProgram(node('setTimeout(() => process.exit(7), 100)'), env, report);
  for (const listener of process.listeners('SIGHUP')) if (!others.includes(listener)) listener('SIGHUP');
  expect(await run).toBe(7);
  expect(kill).toHaveBeenCalledOnce();
});

describe('hands on the signals of the agent', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'program-'));
    return () => rm(folder, { recursive: true });
  });

  it.each([
    ['each', false, signals],
    ['but for those that a terminal sends to both', true, ['SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const],
  ])('%s', async (_which, isTTY, expected) => {
    const { stdin } = process;
    const before = stdin.isTTY;
    stdin.isTTY = isTTY;
    onTestFinished(() => {
      stdin.isTTY = before;
    });
    const others = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
    const log = join(folder, 'log');
    const say = `text => require('fs').appendFileSync(${JSON.stringify(log)}, text + ' ')`;
    const run = runProgram(
      node(`const say = ${say};
        for (const signal of ${JSON.stringify(signals)}) process.on(signal, say);
        process.on('SIGUSR2', () => process.exit(9));
        setTimeout(() => process.exit(1), 60_000);
        say('runs');`),
      env,
      report,
    );
    const said = (): Promise<string> => readFile(log, 'utf8').catch(() => '');
    await expect.poll(said).toBe('runs ');
    let text = 'runs ';
    for (const signal of signals) {
      for (const listener of process.listeners(signal))
        if (others.get(signal)?.includes(listener) === false) listener(signal);
      if (!(expected as readonly string[]).includes(signal)) continue;
      text += `${signal} `;
      await expect.poll(said).toBe(text);
    }
    expect(await run).toBe(9);
  });
});

describe('the environment of the program', () => {
  const kept = {
    ...{ PATH: '/bin', DATABASE_URL: 'postgres://user:password@db/x', MY_client_secretary: 'x' },
    ...{ TEMPORAL_GRPC_META_X_TENANT: 'a', HTTPS_PROXY: 'http://user:password@proxy:3128' },
    ...{ ATLAN_postgres_extraction_client_id: 'worker', AZURE_FEDERATED_TOKEN_FILE: '/azure' },
  };
  const ofTls = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_CLIENT_CERT_DATA: 'public' };
  const dropped = {
    ...{ WORKER_AUTH_CLIENT_SECRET: 's', WORKER_AUTH_CLIENT_SECRET_FILE: 's' },
    ...{ WORKER_AUTH_PRIVATE_KEY_FILE: 's', WORKER_AUTH_ASSERTION_FILE: 's', WORKER_AUTH_TOKEN_FILE: 's' },
    ...{ ATLAN_AUTH_CLIENT_SECRET: 's', ATLAN_postgres_extraction_client_secret: 's' },
    ...{ ATLAN_POSTGRES_EXTRACTION_CLIENT_SECRET: 's', ATLAN_other_client_assertion_file: 's' },
    ...{ DAPR_API_TOKEN: 's', TEMPORAL_API_KEY: 's', TEMPORAL_GRPC_META_AUTHORIZATION: 's' },
    ...{ TEMPORAL_TLS_CLIENT_KEY_DATA: 's', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 's' },
  };
  const place = { address: '127.0.0.1:1', isTls: false, bearer: undefined };
  const all = { ...kept, ...ofTls, ...dropped };

  it('has no secret of the agent, and all else', () => {
    expect(programEnv(all, undefined, false)).toEqual({ ...kept, ...ofTls });
    expect(programEnv(all, place, false)).toEqual({ ...kept, TEMPORAL_ADDRESS: '127.0.0.1:1' });
  });

  it('has them where they are passed, but for what the proxy is for', () => {
    expect(programEnv(all, undefined, true)).toEqual(all);
    const rest = Object.fromEntries(
      Object.entries(dropped).filter(([name]) => !name.startsWith('TEMPORAL_')),
    );
    expect(programEnv(all, place, true)).toEqual({ ...kept, ...rest, TEMPORAL_ADDRESS: '127.0.0.1:1' });
  });

  it.each([
    ['HTTPS_PROXY', 'http://user:password@proxy:3128', ['HTTPS_PROXY']],
    ['https_proxy', 'http://user@proxy:3128', ['https_proxy']],
    ['HTTPS_PROXY', 'user:password@proxy:3128', ['HTTPS_PROXY']],
    ['HTTPS_PROXY', 'http://proxy:3128', []],
    ['DATABASE_URL', 'postgres://user:password@db/x', []],
    ['HTTPS_PROXY', 'no address', []],
  ])('a login that it gets in %s=%s is reported', (name, value, expected) => {
    expect(passedLogins({ [name]: value })).toEqual(expected);
  });
});
