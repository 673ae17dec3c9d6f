import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProfile } from '../../src/settings/profile.ts';
import { type ProfileKey, profileKeyOf } from '../../src/tokens/temporal-tokens.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

const writeKey = (key: string): Promise<void> =>
  writeFile(join(folder, 'temporal.toml'), `[profile.default]\n${key === '' ? '' : `api_key = "${key}"\n`}`);

/** The key of a profile that has it in a file. */
async function openKey(key: string): Promise<ProfileKey> {
  await writeKey(key);
  const env = { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') };
  const found = profileKeyOf(readProfile({ profile: true }, env));
  if (found === undefined) throw new Error('The profile has no key');
  return found;
}

describe('ProfileKey', () => {
  it('is the key, which is not read again while nobody rejects it', async () => {
    const source = await openKey('first');
    await writeKey('second');
    expect(await source.getToken()).toBe('first');
    expect(await source.getToken({ rejectedToken: 'another' })).toBe('first');
    expect(source.peek()).toBe('first');
  });

  it('is read again for who rejects it, and told to who listens, once', async () => {
    const source = await openKey('first');
    const heard: string[] = [];
    const stop = source.subscribe((key) => heard.push(key));
    await writeKey('second');
    expect(await source.getToken({ rejectedToken: 'first' })).toBe('second');
    expect(await source.getToken({ rejectedToken: 'first' })).toBe('second');
    expect([source.peek(), heard]).toEqual(['second', ['second']]);
    stop();
    await writeKey('third');
    expect(await source.getToken({ forceRefresh: true })).toBe('third');
    expect(heard).toEqual(['second']);
    expect(source.activeTokens).toEqual(['first', 'second', 'third']);
  });

  it.each(['first', ''])(
    'is kept, and its rejection explained, when the profile has no other: "%s"',
    async (key) => {
      const source = await openKey('first');
      await writeKey(key);
      await expect(source.getToken({ rejectedToken: 'first' })).rejects.toMatchObject({
        ...{ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED', retryable: false },
        message: expect.stringContaining('the profile has no other') as string,
      });
      expect(await source.getToken()).toBe('first');
    },
  );

  it('is kept when the profile cannot be read any more', async () => {
    const source = await openKey('first');
    await writeFile(join(folder, 'temporal.toml'), 'no TOML');
    await expect(source.getToken({ rejectedToken: 'first' })).rejects.toMatchObject({
      kind: 'configuration',
    });
    expect(source.peek()).toBe('first');
  });

  it('is told to nobody when it is read again and is the same, and is known once', async () => {
    const source = await openKey('first');
    const heard: string[] = [];
    source.subscribe((key) => heard.push(key));
    expect(await source.getToken({ forceRefresh: true })).toBe('first');
    expect([heard, source.activeTokens]).toEqual([[], ['first']]);
  });

  it("ends with the signal's reason", async () => {
    const source = await openKey('first');
    const reason = new Error('left');
    await expect(source.getToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
