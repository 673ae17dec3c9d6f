import { throwIfAborted, checkText } from '@worker-auth/internal';
import type { SecretStore } from '@worker-auth/internal';
import { type FileReadOptions, readBoundedFile } from '@worker-auth/internal/file';
import { join } from 'node:path';
import { FolderUnreadableError, SecretStoreErrorCode } from '../errors.ts';
import { secretOf } from '../fields.ts';

/** Codes of a file that is not there, or is a folder. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);

/** The most that Kubernetes takes for a Secret. */
const maxBytes = 1_048_576;

/**
 * One secret a file of `folder`, as Kubernetes mounts a Secret: the file's content, without a byte order mark and one line break at
 * its end, is the secret's one field, called as the secret. Read at each `get`, so a change is seen at once.
 *
 * A name that cannot be a file of the folder (`a/b`, `..`) is a secret that is not there.
 *
 * @throws FolderUnreadableError from `get`, when the folder is missing or a file of it cannot be read
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
 */
export function folderStore(folder: string): SecretStore {
  checkText('folder', folder);
  return {
    async get(name, options) {
      const read = { maxBytes, signal: options?.signal };
      throwIfAborted(read.signal);
      checkText('name', name);
      if (!isFileName(name)) {
        await requireFolder(folder, read);
        return undefined;
      }
      const path = join(folder, name);
      try {
        const content = await readBoundedFile(path, read);
        return secretOf({ [name]: content.replace(/^\uFEFF/, '').replace(/\r?\n$/, '') });
      } catch (error) {
        throwIfAborted(read.signal);
        if (!absent.has(codeOf(error))) throw unreadable(path, codeOf(error));
      }
      await requireFolder(folder, read);
      return undefined;
    },
  };
}

/** Read like a file, since a mount that hangs would keep a thread for each `stat`. */
async function requireFolder(folder: string, read: FileReadOptions): Promise<void> {
  const reason = await readBoundedFile(folder, read).then(() => 'ENOTDIR', codeOf);
  throwIfAborted(read.signal);
  // Who may not list it may read its files.
  if (reason !== 'EISDIR' && reason !== 'EACCES') throw unreadable(folder, reason);
}

function unreadable(path: string, reason: string): FolderUnreadableError {
  return new FolderUnreadableError(
    `Cannot read ${path} (${reason}). Check the path, the volume mount and its permissions.`,
    { code: SecretStoreErrorCode.folderUnreadable },
  );
}

function isFileName(name: string): boolean {
  // `''`, `.` and `..` are folders, and what is a folder is no secret.
  return !/[/\\\0]/.test(name);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
