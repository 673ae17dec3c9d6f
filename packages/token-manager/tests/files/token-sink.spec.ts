import { FakeClock } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerError, TokenManagerErrorCode } from '../../src/errors.ts';
import { type TokenSink, tokenSink, type TokenSinkOptions } from '../../src/files/token-sink.ts';
import { openScene, rejectionOf } from '../support.ts';

/** A source whose token the test sets. */
class SetTokens {
  readonly #listeners = new Set<(token: string) => void>();
  #token: string | undefined;
  expiresAt: Date | undefined;
  /** How often the sink has looked. */
  asked = 0;

  set token(token: string | undefined) {
    this.#token = token;
    if (token !== undefined) for (const listener of this.#listeners) listener(token);
  }

  peek(): string | undefined {
    this.asked++;
    return this.#token;
  }

  subscribe(listener: (token: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

let folder: string;
let path: string;
let tokens: SetTokens;
let clock: FakeClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "token-sink #%41 é' "));
  path = join(folder, 'token');
  tokens = new SetTokens();
  clock = new FakeClock();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

function open(options: Partial<TokenSinkOptions> = {}): TokenSink {
  const sink = tokenSink(tokens, { path, clock, ...options });
  onTestFinished(() => sink.stop());
  return sink;
}

/** Has the sink look at its file `ms` later, and waits until it has done what it found. */
async function lookAfter(ms: number): Promise<void> {
  await idle();
  await clock.advance(ms);
  await idle();
}

/** Waits until the sink does nothing but wait. */
const idle = (): Promise<void> => expect.poll(() => clock.pendingTimers).toBe(1);

const content = (): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

describe('the file', () => {
  it('has the token and nothing else, for this user alone, and nothing beside it', async () => {
    tokens.token = 'token-1';
    await open().written();
    expect(await content()).toBe('token-1');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['token']);
  });

  it('is readable by a group when that is asked for', async () => {
    tokens.token = 'token-1';
    const groupId = process.getgid?.() ?? 0;
    await open({ groupId }).written();
    const { mode, uid, gid } = await stat(path);
    expect([mode & 0o777, uid, gid]).toEqual([0o640, process.getuid?.(), groupId]);
  });

  it('has each new token', async () => {
    open();
    for (const token of ['token-1', 'token-2']) {
      tokens.token = token;
      await lookAfter(0);
      expect(await content()).toBe(token);
    }
  });

  it('keeps its token when that is over and there is no other one', async () => {
    tokens.token = 'token-1';
    await open().written();
    tokens.token = undefined;
    const { mtimeMs } = await stat(path);
    const asked = tokens.asked;
    await lookAfter(1_000);
    await lookAfter(1_000);
    expect(tokens.asked).toBe(asked + 2);
    expect([await content(), (await stat(path)).mtimeMs]).toEqual(['token-1', mtimeMs]);
  });

  it('is whole whenever it is read', async () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
    tokens.token = texts[0];
    await open().written();
    const seen = new Set<string>();
    for (let write = 0; write < 10; write++) {
      tokens.token = texts[write % 2];
      let isWritten = false as boolean;
      const written = lookAfter(0).then(() => (isWritten = true));
      while (!isWritten) seen.add((await content()) ?? '');
      await written;
    }
    expect([...seen].toSorted()).toEqual(texts);
  });

  it('has the time of the token, and details without it', async () => {
    tokens.token = 'token-1';
    tokens.expiresAt = new Date('2026-01-02T03:04:05Z');
    const detailsPath = join(folder, 'details.json');
    await open({ detailsPath }).written();
    const details = JSON.parse(await readFile(detailsPath, 'utf8')) as Record<string, string>;
    const { mtime } = await stat(path);
    expect(details).toEqual({ expiresAt: '2026-01-02T03:04:05.000Z', issuedAt: mtime.toISOString() });
  });

  it('has details with the new end of a token whose life became another', async () => {
    tokens.token = 'token-1';
    tokens.expiresAt = new Date('2026-01-02T03:04:05Z');
    const detailsPath = join(folder, 'details.json');
    await open({ detailsPath }).written();
    const details = async (): Promise<object> => JSON.parse(await readFile(detailsPath, 'utf8')) as object;
    const before = await details();
    tokens.expiresAt = new Date('2026-01-02T03:09:05Z');
    await lookAfter(1_000);
    expect(await details()).toEqual({ ...before, expiresAt: '2026-01-02T03:09:05.000Z' });
  });

  it('has the token of a token manager, and details with its end', async () => {
    const { tokens: manager } = await openScene();
    const detailsPath = join(folder, 'details.json');
    await using sink = tokenSink(manager, { path, detailsPath });
    const token = await manager.getToken();
    await sink.written();
    expect(await content()).toBe(token);
    expect(JSON.parse(await readFile(detailsPath, 'utf8'))).toMatchObject({
      expiresAt: manager.expiresAt?.toISOString(),
    });
  });

  it('is written again when somebody removes or changes it', async () => {
    tokens.token = 'token-1';
    await open().written();
    const { mtimeMs } = await stat(path);
    await rm(path);
    await lookAfter(1_000);
    expect(await content()).toBe('token-1');
    await writeFile(path, 'changed');
    await lookAfter(1_000);
    expect(await content()).toBe('token-1');
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });
});

describe('a file that cannot be written', () => {
  it('is a typed error that says what to do; it is mended within seconds of the cause', async () => {
    const changes: unknown[] = [];
    const away = `${folder}-away`;
    tokens.token = 'token-1';
    const sink = open({ onErrorChange: (error) => changes.push(error) });
    await sink.written();
    await rename(folder, away);
    tokens.token = 'token-2';
    await lookAfter(0);
    expect(sink.error).toBeInstanceOf(TokenManagerError);
    const { error } = sink;
    expect(error).toMatchObject({
      code: TokenManagerErrorCode.fileUnwritable,
      kind: 'configuration',
      retryable: true,
      message: `The token cannot be written to ${path} (ENOENT): its folder does not exist: create it. It is tried again every second.`,
    });
    const { asked } = tokens;
    await lookAfter(1_000);
    await lookAfter(1_000);
    expect(tokens.asked).toBe(asked + 2);
    expect(await readFile(join(away, 'token'), 'utf8')).toBe('token-1');
    await rename(away, folder);
    await lookAfter(1_000);
    expect(await content()).toBe('token-2');
    expect(sink.error).toBeUndefined();
    // Once for a reason that stays.
    expect(changes).toEqual([error, undefined]);
  });

  it('does not hinder the other one: the token is written without its details', async () => {
    tokens.token = 'token-1';
    const details = join(folder, 'details');
    const sink = open({ detailsPath: join(details, 'token.json') });
    await sink.written();
    expect(await content()).toBe('token-1');
    const { ino, mtimeMs } = await stat(path);
    await idle();
    expect(sink.error?.message).toContain(`${details}/token.json (ENOENT)`);
    await mkdir(details);
    await lookAfter(1_000);
    expect(sink.error).toBeUndefined();
    // It was written once.
    expect(await stat(path)).toMatchObject({ ino, mtimeMs });
    await rm(join(details, 'token.json'));
    await lookAfter(1_000);
    expect(await readdir(details)).toEqual(['token.json']);
  });

  it.each([
    ['a link', (victim: string) => symlink(victim, path)],
    ['a socket', () => once(createServer().listen(path).unref(), 'listening')],
  ])('is no file, but %s', async (_what, make) => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'notes');
    await make(victim);
    tokens.token = 'token-1';
    const sink = open();
    await lookAfter(0);
    expect(sink.error?.message).toContain('(ENOTFILE): it is a link, a device');
    expect(await readFile(victim, 'utf8')).toBe('notes');
    expect((await readdir(folder)).sort()).toEqual(['token', 'victim']);
    await rm(path);
    await lookAfter(1_000);
    expect(await content()).toBe('token-1');
  });
});

it.each([
  [
    'throws',
    () => {
      throw new Error('not my problem');
    },
  ],
  ['rejects', () => Promise.reject(new Error('not my problem'))],
])('survives an onErrorChange that %s', async (_what, act: () => unknown) => {
  tokens.token = 'token-1';
  await mkdir(path);
  const changes: unknown[] = [];
  const sink = open({
    onErrorChange: (error) => {
      changes.push(error?.code);
      return act() as undefined;
    },
  });
  await lookAfter(0);
  expect(changes).toEqual([TokenManagerErrorCode.fileUnwritable]);
  await rm(path, { recursive: true });
  await lookAfter(1_000);
  await sink.written();
  expect(await content()).toBe('token-1');
  expect(changes).toEqual([TokenManagerErrorCode.fileUnwritable, undefined]);
});

it('writes the token of a source that does not know its end, or throws when it is asked for that', async () => {
  Object.defineProperty(tokens, 'expiresAt', {
    get: () => {
      throw new Error('no end for you');
    },
  });
  tokens.token = 'token-1';
  const detailsPath = join(folder, 'details.json');
  await open({ detailsPath }).written();
  expect(Object.keys(JSON.parse(await readFile(detailsPath, 'utf8')) as object)).toEqual(['issuedAt']);
});

it('survives a source that throws', async () => {
  const peek = tokens.peek.bind(tokens);
  tokens.peek = () => {
    tokens.peek = peek;
    throw new Error('no token for you');
  };
  tokens.token = 'token-1';
  const sink = open();
  await lookAfter(1_000);
  await sink.written();
  expect(await content()).toBe('token-1');
});

it('writes no more once it is stopped, and says so to who waits', async () => {
  const sink = open();
  const waiting = sink.written();
  await sink.stop();
  const error = await rejectionOf(waiting);
  expect(error).toBeInstanceOf(TokenManagerError);
  expect(error).toMatchObject({
    code: TokenManagerErrorCode.stopped,
    kind: 'stopped',
    retryable: false,
    message: expect.stringMatching(/^The token sink was stopped before a token was in its file/) as string,
  });
  tokens.token = 'token-1';
  const { asked } = tokens;
  await clock.advance(2_000);
  expect(tokens.asked).toBe(asked);
  expect(await content()).toBeUndefined();
});

it.each([
  [{}, /^path must be the path of a file/],
  [{ path: '' }, /^path must be the path of a file/],
  [{ path: 7 }, /^path must be the path of a file/],
  [{ path: 'token', onErrorChange: 'log' }, /^onErrorChange must be a function/],
  [{ path: 'token', detailsPath: '' }, /^detailsPath must be the path of a file/],
  [{ path: 'token', detailsPath: 'token' }, /^detailsPath must be another file than path/],
  [{ path: 'token', detailPath: 'x' }, /tokenSink.*detailsPath/],
])('rejects %j', (options, message) => {
  const open = (): unknown => tokenSink(tokens, options as unknown as TokenSinkOptions);
  expect(open).toThrow(TypeError);
  expect(open).toThrow(message);
});
