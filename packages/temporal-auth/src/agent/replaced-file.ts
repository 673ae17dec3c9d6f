import { open, rename, rm, stat } from 'node:fs/promises';
import { tokenFileFailed } from '../errors/own-errors.ts';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';

/**
 * Writes the text, unless it is there already. `at` is the file's modification time.
 *
 * @returns why it cannot be written; the old file is untouched then
 */
type Keep = (text: string, at: Date) => Promise<TemporalAuthError | undefined>;

/**
 * A file that is replaced in one step, and written again when somebody else changes or removes it.
 *
 * @param groupId of a group that may read it; `undefined` for none
 */
export function replacedFile(path: string, groupId: number | undefined): Keep {
  let written: { readonly text: string; readonly changedMs: number } | undefined;
  /** Written beside and renamed: a reader finds the old text or the new one. */
  const replace = async (text: string, at: Date): Promise<void> => {
    const beside = `${path}.new`;
    // Of a process that was killed; and `wx` below follows no link that somebody put there.
    await rm(beside, { force: true });
    const file = await open(beside, 'wx', 0o600);
    try {
      if (groupId !== undefined) {
        await file.chown(-1, groupId);
        await file.chmod(0o640);
      }
      await file.writeFile(text);
      await file.utimes(at, at);
      await file.sync();
      await file.close();
      await rename(beside, path);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(beside).catch(() => undefined);
      throw error;
    }
  };
  return async (text, at) => {
    try {
      const found = await stat(path).catch(() => undefined);
      if (text === written?.text && found?.ctimeMs === written.changedMs) return undefined;
      await replace(text, at);
      written = { text, changedMs: (await stat(path)).ctimeMs };
      return undefined;
    } catch (error) {
      return tokenFileFailed(path, error);
    }
  };
}
