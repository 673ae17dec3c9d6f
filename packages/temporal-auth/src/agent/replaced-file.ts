import { open, rename, rm, stat } from 'node:fs/promises';
import { tokenFileFailed } from '../errors/own-errors.ts';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';

/** A file that is replaced in one step, and written again when somebody else changes or removes it. */
export class ReplacedFile {
  readonly #path: string;
  readonly #groupId: number | undefined;
  #written: { readonly text: string; readonly changedMs: number } | undefined;

  /** @param groupId of a group that may read it; `undefined` for none */
  constructor(path: string, groupId: number | undefined) {
    this.#path = path;
    this.#groupId = groupId;
  }

  /**
   * Writes the text, unless it is there already.
   *
   * @param at the file's modification time
   * @returns why it cannot be written; the old file is untouched then
   */
  async keep(text: string, at: Date): Promise<TemporalAuthError | undefined> {
    try {
      const found = await stat(this.#path).catch(() => undefined);
      if (text === this.#written?.text && found?.ctimeMs === this.#written.changedMs) return undefined;
      await this.#replace(text, at);
      const { ctimeMs } = await stat(this.#path);
      this.#written = { text, changedMs: ctimeMs };
      return undefined;
    } catch (error) {
      return tokenFileFailed(this.#path, error);
    }
  }

  /** Written beside and renamed: a reader finds the old text or the new one. */
  async #replace(text: string, at: Date): Promise<void> {
    const beside = `${this.#path}.new`;
    // Of a process that was killed; and `wx` below follows no link that somebody put there.
    await rm(beside, { force: true });
    const file = await open(beside, 'wx', 0o600);
    try {
      if (this.#groupId !== undefined) {
        await file.chown(-1, this.#groupId);
        await file.chmod(0o640);
      }
      await file.writeFile(text);
      await file.utimes(at, at);
      await file.sync();
      await file.close();
      await rename(beside, this.#path);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(beside).catch(() => undefined);
      throw error;
    }
  }
}
