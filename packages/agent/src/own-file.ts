/** The file that an agent keeps: the token that an earlier one left is good to its end. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dateMs, decodeJwt, isJsonObject, parseJson, systemClock } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import { visibleAscii } from '@worker-auth/calls/settings/formats';

/** No token is longer. */
const maxBytes = 65_536;

/** With less than this left a token counts as expired, in ms. */
const minLeftMs = 1_000;

/** Permission of all others to write, and the bit that keeps them from the files of others (`sticky`). */
const bits = { others: 0o002, sticky: 0o1000 };

/** Whether every user of the machine may put another file in its place. */
export async function isReplaceableByAll(path: string): Promise<boolean> {
  const mode = (await stat(dirname(path)).catch(() => undefined))?.mode ?? 0;
  return (mode & bits.others) !== 0 && (mode & bits.sticky) === 0;
}

/** The token in the file and what is left of its life, in ms; `undefined` where there is none, it has expired, or nothing says when it does. */
export async function tokenLeft(
  path: string,
  detailsPath: string | undefined,
): Promise<{ readonly token: string; readonly leftMs: number } | undefined> {
  const read = (file: string): Promise<string> => readBoundedFile(file, { maxBytes }).catch(() => '');
  const token = (await read(path)).trim();
  const said = detailsPath === undefined ? undefined : parseJson(await read(detailsPath));
  const expiresAt = isJsonObject(said) ? Date.parse(String(said['expiresAt'])) : NaN;
  const endMs = dateMs(decodeJwt(token)?.claims['exp']) ?? expiresAt;
  const leftMs = endMs - systemClock.wallNow();
  return visibleAscii.test(token) && leftMs > minLeftMs ? { token, leftMs } : undefined;
}
