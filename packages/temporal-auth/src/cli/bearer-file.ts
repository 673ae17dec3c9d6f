import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { readBoundedFile } from '@worker-auth/internal/file';
import { UsageError } from './command-line.ts';

/** Longest header that Node's HTTP server takes, in bytes. */
const maxBytes = 16_384;

/** What callers present. Made when the file does not exist: 256 random bits, for this user alone. */
export async function readBearer(path: string, flag: string): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, made, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = await readBoundedFile(path, { maxBytes }).catch((error: unknown) => {
    const { code } = error as { readonly code: string };
    throw new UsageError(`${path} (--${flag}) cannot be read (${code})`);
  });
  const bearer = text.trim();
  if (bearer.length < 16) throw new UsageError(`${path} (--${flag}) must hold 16 characters or more`);
  return bearer;
}
