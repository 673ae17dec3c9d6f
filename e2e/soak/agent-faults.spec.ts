import { fakeStack, type FakeStack } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AgentProcess } from '../src/agent/agent-process.ts';
import { askSocket, type SocketAnswer } from '../src/agent/ask-socket.ts';
import { type TemporaryFolder, temporaryFolder } from '../src/fixtures/temporary-folder.ts';

/** Who has no rights, on Debian and its like. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

const run = promisify(execFile);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const logDuration = (what: string, sinceMs: number): void => {
  console.log(`${what}: ${(performance.now() - sinceMs).toFixed(0)} ms, load ${loadavg()[0]?.toFixed(1)}`);
};

/** An agent with a folder for its token alone, and a socket beside that. */
class AgentScene implements AsyncDisposable {
  readonly tokenFolder: string;
  readonly out: string;
  readonly socket: string;
  readonly stack: FakeStack;
  readonly #folder: TemporaryFolder;
  agent: AgentProcess | undefined;

  static async open(lifetimeSeconds: number): Promise<AgentScene> {
    const folder = await temporaryFolder();
    const scene = new AgentScene(await fakeStack({ oauth: { lifetimeSeconds } }), folder);
    await mkdir(scene.tokenFolder);
    return scene;
  }

  private constructor(stack: FakeStack, folder: TemporaryFolder) {
    this.stack = stack;
    this.#folder = folder;
    this.tokenFolder = join(folder.path, 'token');
    this.out = join(this.tokenFolder, 'token');
    this.socket = join(folder.path, 'agent.sock');
  }

  /** Starts it; resolves when it has written a token that was not there. */
  async start(uid?: number): Promise<string> {
    const before = await this.token();
    if (uid !== undefined) {
      await chmod(this.#folder.path, 0o777);
      await chown(this.tokenFolder, uid, uid);
    }
    this.agent = new AgentProcess({
      ...{ env: this.stack.env, out: this.out, args: ['--listen', `unix:${this.socket}`] },
      ...(uid !== undefined && { uid }),
    });
    await expect.poll(() => this.token(), { interval: 20 }).not.toBe(before);
    return (await this.token()) ?? '';
  }

  token(): Promise<string | undefined> {
    return readFile(this.out, 'utf8').catch(() => undefined);
  }

  ask(path: string): Promise<SocketAnswer> {
    return askSocket(this.socket, path);
  }

  /** Has the agent get another token, as who was rejected does. */
  async refreshed(token: string): Promise<string> {
    const { body } = await this.ask(`/token?rejected=${sha256(token)}`);
    return (JSON.parse(body) as { access_token: string }).access_token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent?.[Symbol.asyncDispose]();
    await this.stack.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

it('killed with -9 and started again: the last token stays to be read, and another one follows', async () => {
  await using scene = await AgentScene.open(3_600);
  const first = await scene.start();
  await scene.agent?.end('SIGKILL');
  expect(await scene.token()).toBe(first);
  const startedAt = performance.now();
  const second = await scene.start();
  logDuration('a token after the start', startedAt);
  expect([first, second]).toEqual(scene.stack.oauth.issuedTokens);
  expect((await scene.ask('/token')).status).toBe(200);
});

/** Something that keeps a file from being written. */
interface FileFault {
  readonly what: string;
  readonly code: string;
  readonly uid?: number;
  readonly isMounted?: boolean;
  readonly begin: (folder: string) => Promise<unknown>;
  readonly mend: (folder: string) => Promise<unknown>;
}

const folderGone: FileFault = {
  ...{ what: 'its folder is gone', code: 'ENOENT' },
  begin: (folder) => rename(folder, `${folder}-away`),
  mend: (folder) => rename(`${folder}-away`, folder),
};

const faultsOfRoot: readonly FileFault[] = [
  {
    ...{ what: 'the disk is full', code: 'ENOSPC', isMounted: true },
    begin: (folder) => writeFile(join(folder, 'filler'), Buffer.alloc(70_000)).catch(() => undefined),
    mend: (folder) => rm(join(folder, 'filler')),
  },
  {
    ...{ what: 'the file system is read-only', code: 'EROFS', isMounted: true },
    begin: (folder) => run('mount', ['-o', 'remount,ro', folder]),
    mend: (folder) => run('mount', ['-o', 'remount,rw', folder]),
  },
  {
    ...{ what: 'its user may not write there', code: 'EACCES', uid: nobody },
    begin: (folder) => chmod(folder, 0o500),
    mend: (folder) => chmod(folder, 0o700),
  },
];

async function showFault({ what, code, uid, isMounted = false, begin, mend }: FileFault): Promise<void> {
  await using scene = await AgentScene.open(3_600);
  await using mounts = new AsyncDisposableStack();
  const { tokenFolder } = scene;
  if (isMounted) {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tokenFolder]);
    mounts.defer(async () => {
      await run('umount', ['-l', tokenFolder]);
    });
  }
  const first = await scene.start(uid);
  expect((await scene.ask('/readyz')).status).toBe(200);
  await begin(tokenFolder);
  const second = await scene.refreshed(first);
  await expect.poll(() => scene.ask('/readyz').then(({ status }) => status)).toBe(503);
  const { body } = await scene.ask('/readyz');
  expect(body).toContain(`(${code})`);
  // The token in memory is served; the file is as it was.
  expect((await scene.ask('/token')).body).toContain(second);
  expect(await scene.token()).toBe(code === 'ENOENT' ? undefined : first);
  await mend(tokenFolder);
  const mendedAt = performance.now();
  await expect.poll(() => scene.token(), { interval: 20 }).toBe(second);
  logDuration(`healed, ${what}`, mendedAt);
  await expect.poll(() => scene.ask('/readyz').then(({ status }) => status)).toBe(200);
  expect(scene.agent?.lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
  await scene.agent?.end('SIGTERM');
}

describe('a file that cannot be written is told, keeps its old token, and is written when', () => {
  it(`${folderGone.what} no more`, () => showFault(folderGone));
});

describe.skipIf(!isRoot)(`the same${isRoot ? '' : ' (skipped: needs root)'} when`, () => {
  it.each(faultsOfRoot)('$what no more', (fault) => showFault(fault));
});
