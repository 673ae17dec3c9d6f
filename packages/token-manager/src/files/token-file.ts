import { type Clock, withDeadline } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import { isCutJwt } from '../jwt.ts';

/** Deadline of a read, in milliseconds. The disk may be a network mount. */
const timeoutMs = 10_000;

/** No token fits into a header that is longer. */
const maxBytes = 65_536;

const volume = 'Check the path, and that the volume is mounted';
const rights = 'Check the user of the process (runAsUser, fsGroup) and the mode of the volume (defaultMode)';

/** What is wrong with the file, and what to do, by the code of the error. */
const problems: Readonly<Record<string, readonly [problem: string, whatToDo: string]>> = {
  ENOENT: ['cannot be read (ENOENT)', volume],
  ENOTDIR: ['cannot be read (ENOTDIR)', volume],
  EACCES: ['cannot be read (EACCES)', rights],
  EPERM: ['cannot be read (EPERM)', rights],
  EISDIR: ['is a directory', 'Name the file in it'],
  ENOTFILE: ['is no regular file', 'Check the path'],
  EFBIG: [`is longer than ${maxBytes} bytes, which is no token`, 'Check the path'],
};

/** What is written in place of a token. */
const otherForms = [
  [/^bearer\s/i, 'begins with "Bearer ", which is no part of the token'],
  [/^[{["]/, 'holds JSON, which is no token'],
] as const;

/**
 * The token, or the assertion, that a file holds, without white space around it. Read again each time, so that it is found whatever took
 * the file's place: the kubelet replaces the folder behind the symbolic link `..data`.
 *
 * @throws TokenRequestError (`fileUnreadable`, `fileNotReady`, `timedOut`), which names the file; the signal's reason
 */
export async function readTokenFile(
  path: string,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const timeoutError = (): Error =>
    new TokenRequestError(
      `The token file ${path} was not read within ${timeoutMs / 1_000} s. Check the disk that it is on`,
      { code: TokenManagerErrorCode.timedOut },
    );
  const text = await withDeadline((ending) => readText(path, ending), {
    clock,
    timeoutMs,
    signal,
    timeoutError,
  });
  const token = text.trim();
  if (token === '') throw notReady(path, 'is empty');
  const [, problem] = otherForms.find(([form]) => form.test(token)) ?? [];
  if (problem !== undefined) throw unreadable(path, problem, 'Write the access token alone into it');
  // Visible ASCII: anything else makes an HTTP client drop the header, or worse, split it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw unreadable(path, 'holds more than one line of visible ASCII, which is no token', 'Check the path');
  }
  if (isCutJwt(token)) throw notReady(path, 'holds a JWT that is cut off: it is being written');
  return token;
}

/** @throws TypeError for what cannot be a path */
export function checkPath(path: unknown, name = 'path'): void {
  if (typeof path === 'string' && path.trim() !== '' && !path.includes('\0')) return;
  throw new TypeError(`${name} must be the path of a file: a string that is not empty`);
}

/** The error for a file that has to be written again; `problem` goes on after its name. */
export function notReady(path: string, problem: string): TokenRequestError {
  return new TokenRequestError(
    `The token file ${path} ${problem}. It is read again after a while; check what writes it if that goes on`,
    { code: TokenManagerErrorCode.fileNotReady },
  );
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readBoundedFile(path, { maxBytes, signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const [problem, whatToDo] = problems[code] ?? [`cannot be read (${code})`, 'Check the path and the disk'];
    throw unreadable(path, problem, whatToDo);
  }
}

function unreadable(path: string, problem: string, whatToDo: string): TokenRequestError {
  return new TokenRequestError(`The token file ${path} ${problem}. ${whatToDo}`, {
    code: TokenManagerErrorCode.fileUnreadable,
  });
}
