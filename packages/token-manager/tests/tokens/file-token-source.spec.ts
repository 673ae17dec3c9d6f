import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode, TokenRequestError } from '../../src/errors.ts';
import { fileTokenSource } from '../../src/tokens/file-token-source.ts';
import { fileClock, openFileScene, openVolume, serviceAccountToken } from '../file-support.ts';
import { rejectionOf } from '../support.ts';

const { fileNotReady, fileUnreadable, unchanged } = TokenManagerErrorCode;

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

describe('a token from a file', () => {
  it.each(['\n', '\r\n', ' \n\n'])('is what stands in it, without %j at its end', async (end) => {
    const { volume, clock, tokens } = await openFileScene();
    const token = serviceAccountToken(clock);
    await volume.write(`${token}${end}`);
    expect(await tokens.getToken()).toBe(token);
    expect(tokens.peek()).toBe(token);
  });

  it('lives until its exp', async () => {
    const { clock, tokens } = await openFileScene(600);
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(600_000);
    await clock.advance(599_999);
    expect(tokens.peek()).toBeDefined();
    await clock.advance(1);
    expect(tokens.peek()).toBeUndefined();
  });

  it('lives no longer than exp - iat where the host is behind', async () => {
    const { volume, clock, tokens } = await openFileScene();
    await volume.write(serviceAccountToken({ wallNow: () => clock.wallNow() + 1_800_000 }, 600));
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(600_000);
  });

  it.each([{}, { iat: undefined }])(
    'of two years, as a key of Temporal Cloud, lives as long: %j',
    async (claims) => {
      const day = 86_400;
      const { volume, clock, tokens } = await openFileScene();
      const key = serviceAccountToken(clock, 730 * day, claims);
      await volume.write(key);
      await tokens.getToken();
      expect(tokens.remainingMs).toBe(730 * day * 1_000);
      await clock.advance(729 * day * 1_000);
      expect(await tokens.getToken({ forceRefresh: true })).toBe(key);
      expect(tokens.remainingMs).toBe(day * 1_000);
    },
  );

  it('is not longer-lived when it is read again after the wall clock was set back', async () => {
    const { clock, tokens } = await openFileScene(600);
    await tokens.getToken();
    await clock.advance(60_000);
    clock.stepWall(-3_600_000);
    await tokens.getToken({ forceRefresh: true });
    expect(tokens.remainingMs).toBe(540_000);
    await clock.advance(540_000);
    expect(tokens.peek()).toBeUndefined();
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: fileNotReady });
  });

  it('is good once a wall clock that was ahead, by which it was over, is set right', async () => {
    const { clock, tokens } = await openFileScene(600);
    clock.stepWall(3_600_000);
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: fileNotReady });
    clock.stepWall(-3_600_000);
    await clock.advance(5_000);
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(595_000);
  });

  it('has no more left when it is read again after the host has slept', async () => {
    const { clock, tokens } = await openFileScene(600);
    await tokens.getToken();
    clock.suspend(300_000);
    await tokens.getToken({ forceRefresh: true });
    expect(tokens.remainingMs).toBe(300_000);
    clock.stepWall(-300_000);
    await tokens.getToken({ forceRefresh: true });
    expect(tokens.remainingMs).toBe(300_000);
  });

  it('that tells no end lives for defaultLifetimeMs since it was last read', async () => {
    const { volume, clock, tokens } = await openFileScene(0, { defaultLifetimeMs: 120_000 });
    await volume.write('an-opaque-token');
    tokens.start();
    await tokens.getToken();
    await clock.advance(600_000);
    expect(tokens.peek()).toBe('an-opaque-token');
    await rm(volume.path);
    await clock.advance(120_000);
    expect(tokens.peek()).toBeUndefined();
  });

  it('says where it came from, and how long it lives', async () => {
    const { volume, tokens } = await openFileScene(3_600);
    const events: unknown[] = [];
    tokens.on('tokenRefreshed', (event) => events.push(event));
    await tokens.getToken();
    expect(events).toEqual([
      {
        tokenNumber: 1,
        lifetimeMs: 3_600_000,
        nextRefreshInMs: 60_000,
        credentialsSource: `file ${volume.path}`,
        rejectedEarly: 0,
      },
    ]);
  });
});

describe('a file that is replaced', () => {
  it('as the kubelet does it, is seen within 60 s, and who listens is told once', async () => {
    const { volume, clock, tokens } = await openFileScene();
    const tokensSeen: string[] = [];
    const numbers: number[] = [];
    tokens.subscribe((token) => tokensSeen.push(token));
    tokens.on('tokenRefreshed', ({ tokenNumber }) => numbers.push(tokenNumber));
    tokens.start();
    const first = await tokens.getToken();
    await clock.advance(60_000);
    const second = serviceAccountToken(clock);
    await volume.write(second);
    await clock.advance(59_999);
    expect(tokens.peek()).toBe(first);
    await clock.advance(1);
    expect(tokens.peek()).toBe(second);
    await clock.advance(600_000);
    expect([tokensSeen, numbers]).toEqual([
      [first, second],
      [1, 2],
    ]);
  });

  it('is read when its token is due, before 60 s have passed', async () => {
    const { volume, clock, tokens } = await openFileScene(20);
    tokens.start();
    await tokens.getToken();
    const second = serviceAccountToken(clock, 40);
    await volume.write(second);
    await clock.advance(15_999);
    expect(tokens.peek()).not.toBe(second);
    await clock.advance(1);
    expect(tokens.peek()).toBe(second);
  });

  it('is read on demand too, behind a token that is due', async () => {
    const { volume, clock, tokens } = await openFileScene();
    const first = await tokens.getToken();
    const second = serviceAccountToken(clock);
    await volume.write(second);
    await clock.advance(60_000);
    expect(await tokens.getToken()).toBe(first);
    await clock.advance(0);
    expect(await tokens.getToken()).toBe(second);
  });

  it('by the token that was rejected is an error that says so, and everybody else keeps it', async () => {
    const { volume, clock, tokens } = await openFileScene();
    const rejected = await tokens.getToken();
    const error = await rejectionOf(tokens.getToken({ rejectedToken: rejected }));
    expect(error).toMatchObject({ code: unchanged, retryable: true });
    expect(String(error)).toContain(`The token file ${volume.path} still holds the token that was rejected`);
    expect(tokens.peek()).toBe(rejected);
    const second = serviceAccountToken(clock);
    await volume.write(second);
    expect(await tokens.getToken({ rejectedToken: rejected })).toBe(second);
  });
});

/** What may become of a file, each with what is said of it. */
const troubles: readonly [
  what: string,
  code: string,
  words: string,
  spoil: (path: string) => Promise<unknown>,
][] = [
  ['vanishes', fileUnreadable, 'cannot be read (ENOENT)', (path) => rm(path)],
  ['is empty', fileNotReady, 'is empty', (path) => writeFile(path, '')],
  ['is a line break', fileNotReady, 'is empty', (path) => writeFile(path, '\n')],
  [
    'is half written, up to the claims',
    fileNotReady,
    'cut off',
    (path) => writeFile(path, serviceAccountToken({ wallNow: Date.now }).slice(0, 60)),
  ],
  [
    'is half written, up to the signature',
    fileNotReady,
    'cut off',
    (path) => writeFile(path, serviceAccountToken({ wallNow: Date.now }).slice(0, -20)),
  ],
  ['becomes a directory', fileUnreadable, 'is a directory', (path) => rm(path).then(() => mkdir(path))],
  ['is of something else', fileUnreadable, 'no token', (path) => writeFile(path, '-----BEGIN\nCERTIFICATE')],
  ['is too long', fileUnreadable, 'longer than 65536', (path) => writeFile(path, 'x'.repeat(65_537))],
  [
    'has a token that is over',
    fileNotReady,
    'expired 10 s ago',
    (path) => writeFile(path, serviceAccountToken({ wallNow: () => Date.UTC(2026, 0, 1) }, -10)),
  ],
];

describe.each(troubles)('a file that %s', (_what, code, words, spoil) => {
  it('is an error that names it', async () => {
    const { volume, tokens } = await openFileScene();
    await spoil(volume.path);
    const error = await rejectionOf(tokens.getToken());
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({ code, retryable: code === fileNotReady });
    expect(String(error)).toContain(`The token file ${volume.path}`);
    expect(String(error)).toContain(words);
  });

  it('has the last token kept to its end, and the next one taken within 5 s', async () => {
    const { volume, clock, tokens } = await openFileScene(600);
    const failures: unknown[] = [];
    tokens.on('refreshFailed', ({ error }) => failures.push(error));
    tokens.start();
    const first = await tokens.getToken();
    const second = serviceAccountToken(clock, 3_600);
    await spoil(volume.path);
    await clock.advance(599_999);
    expect(tokens.peek()).toBe(first);
    expect(failures[0]).toMatchObject({ code });
    await clock.advance(1);
    expect(tokens.peek()).toBeUndefined();
    await clock.advance(60_000);
    await rm(volume.path, { recursive: true, force: true });
    await writeFile(volume.path, second);
    await clock.advance(5_000);
    expect(tokens.peek()).toBe(second);
  });
});

it('what is no file is not waited for, as a pipe would be', async () => {
  const tokens = fileTokenSource('/dev/null', { clock: fileClock() });
  onTestFinished(() => tokens.stop());
  const error = await rejectionOf(tokens.getToken());
  expect(error).toMatchObject({ code: fileUnreadable });
  expect(String(error)).toContain('/dev/null is no regular file');
});

it('a file without permission is an error that says whose right is missing, and keeps the last token', async () => {
  const { volume, tokens } = await openFileScene();
  const token = await tokens.getToken();
  await chmod(volume.path, 0);
  // Root may read everything.
  if (isRoot) process.seteuid?.(nobody);
  const error = await rejectionOf(tokens.getToken({ forceRefresh: true })).finally(() => {
    if (isRoot) process.seteuid?.(0);
  });
  expect(error).toMatchObject({ code: fileUnreadable });
  expect(String(error)).toContain('(EACCES). Check the user of the process');
  expect(tokens.peek()).toBe(token);
});

it('a file that comes late is found within 5 s', async () => {
  const clock = fileClock();
  const volume = await openVolume();
  const tokens = fileTokenSource(volume.path, { clock, random: () => 1 });
  onTestFinished(() => tokens.stop());
  tokens.start();
  await clock.advance(600_000);
  expect(tokens.lastError).toMatchObject({ code: fileUnreadable });
  const token = serviceAccountToken(clock);
  await volume.write(token);
  await clock.advance(5_000);
  expect(tokens.peek()).toBe(token);
});

describe('a token source over a file', () => {
  it('reads again what it was made to forget', async () => {
    const { volume, clock, tokens } = await openFileScene();
    await tokens.getToken();
    const second = serviceAccountToken(clock);
    await volume.write(second);
    tokens.invalidate();
    expect(tokens.peek()).toBeUndefined();
    expect(await tokens.getToken()).toBe(second);
  });

  it.each(['', ' ', 'a\0b'])('rejects the path %j', (path) => {
    expect(() => fileTokenSource(path)).toThrow(TypeError);
  });

  it.each([60_000, 2 ** 31, NaN])('rejects a defaultLifetimeMs of %d', (defaultLifetimeMs) => {
    expect(() => fileTokenSource('/token', { defaultLifetimeMs })).toThrow(RangeError);
  });
});
