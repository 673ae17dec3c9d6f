import { open, rename, rm, stat } from 'node:fs/promises';
import type { Logger } from '@temporalio/common';
import type { TokenSource } from '@worker-auth/token-manager';
import {
  callSafely,
  checkOptions,
  type Clock,
  handled,
  inOwnContext,
  systemClock,
  WakeableTimer,
} from '@worker-auth/internal';
import { closedError, tokenFileFailed } from '../errors/own-errors.ts';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { defaultLogger, harmless } from '../settings/auth-settings.ts';

/** Options of {@link tokenSink}. */
export interface TokenSinkOptions {
  /** The file that has the token, and nothing else. Its folder must exist. */
  readonly path: string;
  /** A second file, JSON with `expiresAt` and `issuedAt` (ISO 8601) and no token. Default none. */
  readonly detailsPath?: string | undefined;
  /** Numeric id of a group that may read the files, which then have the mode 0640. Default none: 0600. */
  readonly groupId?: number | undefined;
  /** Default: as for `AtlanAuthClient`. */
  readonly logger?: Logger | undefined;
  /** Default the host's. */
  readonly clock?: Clock | undefined;
}

/** What a sink needs: any `TokenSource`. One that knows when its token ends, as `AtlanAuthClient` does, gives `expiresAt`. */
export type SinkSource = Pick<TokenSource, 'peek' | 'subscribe'> & {
  getTokenExpiryTime?(): Date | undefined;
};

/** Keeps the newest token in a file. */
export interface TokenSink extends AsyncDisposable {
  /** Why the newest token is not in the file; `undefined` when it is, and while there is none yet. */
  readonly error: TemporalAuthError | undefined;
  /** Resolves when the first token is in the file; rejects with a `StoppedError` when the sink is stopped before. */
  written(): Promise<void>;
  /** Writes no more. The file stays. */
  stop(): Promise<void>;
}

/** How often the file is looked at, and a write that failed is repeated, in ms. */
const checkEveryMs = 1_000;

/**
 * Keeps the newest token of a source in a file, for programs in any language. The file is replaced in one step (written beside and renamed), so that a
 * reader gets a whole token. A token that is over never replaces another one. A write that fails is repeated each second, with the old file untouched;
 * a file that was removed or changed by others is written again. Keeps no process alive.
 *
 * ```ts
 * const auth = new AtlanAuthClient({ applicationName: 'postgres-extraction' });
 * await auth.start();
 * const sink = tokenSink(auth, { path: '/var/run/worker-auth/token' });
 * ```
 *
 * @throws TypeError for an option that makes no sense
 */
export function tokenSink(source: SinkSource, options: TokenSinkOptions): TokenSink {
  const names = { path: true, detailsPath: true, groupId: true, logger: true, clock: true } as const;
  checkOptions('tokenSink', options, names);
  const { path, detailsPath, groupId, clock = systemClock } = options;
  if (typeof path !== 'string' || path === '') throw new TypeError('path must name a file');
  const logger = harmless(options.logger ?? defaultLogger());
  const keepToken = replacedFile(path, groupId);
  const keepDetails = detailsPath === undefined ? undefined : replacedFile(detailsPath, groupId);
  const timer = new WakeableTimer(clock);
  const first = Promise.withResolvers<undefined>();
  const stopping = new AbortController();
  let failure: TemporalAuthError | undefined;
  let seen: { readonly token: string; readonly issuedAt: Date; readonly details: string } | undefined;

  const writeIfNeeded = async (): Promise<void> => {
    const token = callSafely(() => source.peek(), undefined);
    if (token === undefined) return;
    if (seen?.token !== token) {
      const issuedAt = new Date(clock.wallNow());
      const expiresAt = callSafely(() => source.getTokenExpiryTime?.(), undefined);
      seen = { token, issuedAt, details: JSON.stringify({ expiresAt, issuedAt }) };
    }
    const { issuedAt, details } = seen;
    // The details first: whoever finds a token finds what is said of it. The token is written whatever becomes of them.
    const ofDetails = await keepDetails?.(details, issuedAt);
    const ofToken = await keepToken(token, issuedAt);
    if (ofToken === undefined) first.resolve(undefined);
    const before = failure;
    failure = ofToken ?? ofDetails;
    if (failure?.message === before?.message) return;
    if (failure === undefined) logger.info('The token file is written again', { path });
    else logger.warn(failure.message, { code: failure.code });
  };

  void handled(first.promise);
  const unsubscribe = source.subscribe(() => {
    timer.wakeWithin(0);
  });
  const ended = inOwnContext(async () => {
    for (;;) {
      await writeIfNeeded();
      await timer.wait(checkEveryMs, stopping.signal);
    }
  }).catch(() => undefined);
  const stop = async (): Promise<void> => {
    unsubscribe();
    stopping.abort(closedError());
    first.reject(closedError());
    await ended;
  };
  return {
    get error() {
      return failure;
    },
    written: () => first.promise,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Writes a file's text unless it is there already. Resolves to why it cannot be written; the old file is untouched then. */
function replacedFile(path: string, groupId: number | undefined) {
  const beside = `${path}.new`;
  let written: { readonly text: string; readonly changedMs: number } | undefined;
  return async (text: string, mtime: Date): Promise<TemporalAuthError | undefined> => {
    try {
      const found = await stat(path).catch(() => undefined);
      if (text === written?.text && found?.ctimeMs === written.changedMs) return undefined;
      await writeNew(beside, text, mtime, groupId);
      // A reader finds the old text or the new one.
      await rename(beside, path);
      written = { text, changedMs: (await stat(path)).ctimeMs };
      return undefined;
    } catch (error) {
      await rm(beside).catch(() => undefined);
      return tokenFileFailed(path, error);
    }
  };
}

async function writeNew(path: string, text: string, mtime: Date, groupId?: number): Promise<void> {
  // Of a process that was killed; and `wx` below follows no link that somebody put there.
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    if (groupId !== undefined) {
      await file.chown(-1, groupId);
      await file.chmod(0o640);
    }
    await file.writeFile(text);
    await file.utimes(mtime, mtime);
    await file.sync();
  } finally {
    await file.close();
  }
}
