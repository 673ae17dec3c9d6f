import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { TokenManagerError, TokenManagerErrorCode } from '../errors.ts';

type Step = 'open' | 'group' | 'write' | 'replace';

const full = 'its file system is full: make room';
const ofOthers = 'the file there is of another user: remove it, or take a folder of your own';

/** What to do, by the system's code, and by the step where that says more. */
const advice: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'its folder does not exist: create it',
  ENOTDIR: 'a part of its path is no folder: correct the path',
  ENAMETOOLONG: 'its path is too long: take a shorter one',
  ELOOP: 'its path is a circle of links: correct it',
  EACCES: 'this user may not write there: change the permissions of the folder',
  EPERM: 'its folder must not be changed: take another one, or have its attributes changed',
  'group EPERM': 'this user may not give the file to that group: add the user to the group, or leave it out',
  'replace EACCES': ofOthers,
  'replace EPERM': ofOthers,
  EBUSY: 'it is a mount of its own: mount its folder in place of it',
  EROFS: 'its file system is read-only: take another folder',
  ENOSPC: full,
  EDQUOT: "the user's quota is used up: make room",
  EMFILE: 'the process has too many files open: raise its limit (ulimit -n)',
  ENFILE: 'the machine has too many files open',
  EIO: 'the disk does not work',
  ESTALE: 'its network mount is gone: mount it again',
  EISDIR: 'it is a folder: name a file',
  ENOTFILE: 'it is a link, a device, a socket or a pipe, which is never replaced: name a file',
};

/**
 * Writes a file's text unless the file has that already: in a file beside it with a name of its own, which is renamed. Resolves to why it cannot be written;
 * the old file is untouched then.
 */
export function replacedFile(path: string, groupId: number | undefined) {
  let written: { readonly text: string; readonly changedMs: number } | undefined;
  return async (text: string, mtime: Date): Promise<TokenManagerError | undefined> => {
    const beside = `${path}.${crypto.randomUUID()}.new`;
    let step: Step = 'open';
    let file: FileHandle | undefined;
    try {
      const changedMs = await changeOf(path);
      if (text === written?.text && changedMs === written.changedMs) return undefined;
      // Follows no link that somebody put there.
      file = await open(beside, 'wx', 0o600);
      step = 'group';
      if (groupId !== undefined) {
        await file.chown(-1, groupId);
        await file.chmod(0o640);
      }
      step = 'write';
      await file.writeFile(text);
      await file.utimes(mtime, mtime);
      await file.sync();
      step = 'replace';
      // A reader finds the old text or the new one.
      await rename(beside, path);
      written = { text, changedMs: (await changeOf(path)) ?? NaN };
      return undefined;
    } catch (error) {
      if (file !== undefined) await rm(beside).catch(() => undefined);
      return unwritable(path, step, (error as { readonly code: string }).code);
    } finally {
      await file?.close().catch(() => undefined);
    }
  };
}

/** When the file was changed last; `undefined` where there is none. @throws for what is no file */
async function changeOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return found?.ctimeMs;
  throw Object.assign(new Error(path), { code: found.isDirectory() ? 'EISDIR' : 'ENOTFILE' });
}

function unwritable(path: string, step: Step, code: string): TokenManagerError {
  const whatToDo = advice[`${step} ${code}`] ?? advice[code];
  return new TokenManagerError(
    `The token cannot be written to ${path} (${code})${whatToDo === undefined ? '' : `: ${whatToDo}`}. It is tried again every second.`,
    { code: TokenManagerErrorCode.fileUnwritable },
  );
}
