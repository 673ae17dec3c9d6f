import {
  callSafely,
  checkFunction,
  checkOptions,
  handled,
  inOwnContext,
  type OptionNames,
  type TokenSource,
  WakeableTimer,
  checkMethods,
} from '@worker-auth/internal';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import { TokenManagerError, TokenManagerErrorCode } from '../errors.ts';
import { replacedFile } from './replaced-file.ts';
import { checkPath } from './token-file.ts';

/** How often the file is looked at, and a write that failed is repeated, in ms. */
const checkEveryMs = 1_000;

/** Options of {@link tokenSink}. */
export interface TokenSinkOptions {
  /** The file that has the token, and nothing else. Its folder must exist. A link or a device is not replaced. */
  readonly path: string;
  /** A second file, JSON with `expiresAt` and `issuedAt` (ISO 8601) and no token. Default none. */
  readonly detailsPath?: string | undefined;
  /** Numeric id of a group that may read the files, which then have the mode 0640. Default none: 0600. */
  readonly groupId?: number | undefined;
  /**
   * Called when {@link TokenSink.error} becomes another one: with `undefined` when the newest token is written again. What it throws or rejects
   * with is dropped. Default none.
   */
  readonly onErrorChange?: ((error: TokenManagerError | undefined) => void) | undefined;
  /** Where time comes from. Default the host's clocks. */
  readonly clock?: Clock | undefined;
}

/** Keeps the newest token in a file. */
export interface TokenSink extends AsyncDisposable {
  /** Why the newest token is not in the file (`fileUnwritable`); `undefined` when it is, and while there is none yet. */
  readonly error: TokenManagerError | undefined;
  /** Resolves when the first token is in the file; rejects with a TokenManagerError (`stopped`) when the sink is stopped before. */
  written(): Promise<void>;
  /** Writes no more. The file stays. */
  stop(): Promise<void>;
}

const optionNames: OptionNames<TokenSinkOptions> = {
  path: true,
  detailsPath: true,
  groupId: true,
  onErrorChange: true,
  clock: true,
};

/**
 * Keeps the newest token of a source in a file, for programs in any language. The file is replaced in one step (written beside and renamed), so that a
 * reader gets a whole token. A token that has expired never replaces another one. A write that fails is repeated each second, with the old file untouched;
 * a file that was removed or changed by others is written again. Keeps no process alive.
 *
 * ```ts
 * const tokens = new TokenManager({ issuer, credentials });
 * tokens.start();
 * const sink = tokenSink(tokens, { path: '/var/run/worker-auth/token' });
 * ```
 *
 * @param source any `TokenSource`; one that knows when its token ends, as `TokenManager` does, has `expiresAt`
 * @throws TypeError for an option that makes no sense
 */
export function tokenSink(
  source: Pick<TokenSource, 'peek' | 'subscribe'> & { readonly expiresAt?: Date | undefined },
  options: TokenSinkOptions,
): TokenSink {
  checkMethods('source', source, 'peek', 'subscribe');
  checkOptions('tokenSink', options, optionNames);
  const { path, detailsPath, groupId, onErrorChange, clock = systemClock } = options;
  checkPath(path);
  if (detailsPath !== undefined) checkPath(detailsPath, 'detailsPath');
  if (detailsPath === path) throw new TypeError('detailsPath must be another file than path');
  if (onErrorChange !== undefined) checkFunction('onErrorChange', onErrorChange);
  const keepToken = replacedFile(path, groupId);
  const keepDetails = detailsPath === undefined ? undefined : replacedFile(detailsPath, groupId);
  const timer = new WakeableTimer(clock);
  const first = Promise.withResolvers<undefined>();
  const stopping = new AbortController();
  let failure: TokenManagerError | undefined;
  let seen: { readonly token: string; readonly issuedAt: Date; readonly expiresMs: number } | undefined;

  const writeIfNeeded = async (): Promise<void> => {
    const token = callSafely(() => source.peek(), undefined);
    if (typeof token !== 'string' || token === '') return;
    const expiresMs = callSafely(() => source.expiresAt?.getTime(), undefined) ?? NaN;
    const issuedAt = seen?.token === token ? seen.issuedAt : new Date(clock.wallNow());
    // By the clocks as they stand now it differs a little each time.
    if (seen?.token !== token || Math.abs(expiresMs - seen.expiresMs) > checkEveryMs)
      seen = { token, issuedAt, expiresMs };
    const expiresAt = Number.isNaN(seen.expiresMs) ? undefined : new Date(seen.expiresMs);
    const details = JSON.stringify({ expiresAt, issuedAt });
    // The details first: whoever finds a token finds what is said of it. The token is written whatever becomes of them.
    const ofDetails = await keepDetails?.(details, issuedAt);
    const ofToken = await keepToken(token, issuedAt);
    if (ofToken === undefined) first.resolve(undefined);
    const before = failure;
    failure = ofToken ?? ofDetails;
    if (failure?.message !== before?.message) callSafely<unknown>(() => onErrorChange?.(failure), undefined);
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
    callSafely(unsubscribe, undefined);
    stopping.abort();
    first.reject(
      new TokenManagerError(
        'The token sink was stopped before a token was in its file; create a new one to have tokens written',
        { code: TokenManagerErrorCode.stopped },
      ),
    );
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
