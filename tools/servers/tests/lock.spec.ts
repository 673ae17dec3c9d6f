import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from '../src/lock.ts';
import { runFixture, temporaryFolder } from './support.ts';

async function deadPid(): Promise<number> {
  const fixture = runFixture('../../src/versions.ts', []);
  await fixture.exit;
  return fixture.pid;
}

describe('withLock', () => {
  it('removes the lock file after the work', async () => {
    const folder = await temporaryFolder();
    await withLock(join(folder, 'lock'), async () => {
      expect(await readdir(folder)).toEqual(['lock']);
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes the lock file when the work fails', async () => {
    const folder = await temporaryFolder();
    const failing = withLock(join(folder, 'lock'), () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets one holder in at a time', async () => {
    const file = join(await temporaryFolder(), 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, work, { pollMs: 1 })));
    expect(most).toBe(1);
  });

  it('takes over the lock of a process that is dead', async () => {
    const file = join(await temporaryFolder(), 'lock');
    await writeFile(file, JSON.stringify({ id: 'x', pid: await deadPid(), host: hostname() }));
    expect(await withLock(file, () => Promise.resolve('done'))).toBe('done');
  });

  it('waits for the lock of a process that lives', async () => {
    const file = join(await temporaryFolder(), 'lock');
    const holder = JSON.stringify({ id: 'x', pid: process.pid, host: hostname() });
    await writeFile(file, holder);
    let tell: (holder: string) => void = () => undefined;
    const told = new Promise<string>((resolve) => (tell = resolve));
    const waiting = withLock(file, () => Promise.resolve('done'), { pollMs: 1, onWait: tell });
    expect(await told).toBe(`process ${process.pid}`);
    expect(await readFile(file, 'utf8')).toBe(holder);
    await rm(file);
    expect(await waiting).toBe('done');
  });

  it('takes over a lock that gave no sign for a minute, of a process that cannot be seen from here', async () => {
    const file = join(await temporaryFolder(), 'lock');
    await writeFile(file, JSON.stringify({ id: 'x', pid: 1, host: 'another-host' }));
    const silentSince = new Date(Date.now() - 61_000);
    await utimes(file, silentSince, silentSince);
    expect(await withLock(file, () => Promise.resolve('done'))).toBe('done');
  });
});
