import type { Logger } from '@temporalio/common';
import type { TokenSource } from '@worker-auth/token-manager';
import {
  callSafely,
  checkOptions,
  type Clock,
  handled,
  inOwnContext,
  systemClock,
} from '@worker-auth/inlined';
import { open, rename, rm, stat } from 'node:fs/promises';
import { WakeableTimer } from '../connection/wakeable-timer.ts';
import { closedError, tokenFileFailed } from '../errors/own-errors.ts';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { defaultLogger, harmless } from '../settings/logger.ts';

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
  checkOptions('tokenSink', options, {
    path: true,
    detailsPath: true,
    groupId: true,
    logger: true,
    clock: true,
  });
  if (typeof options.path !== 'string' || options.path === '') throw new TypeError('path must name a file');
  return new FileSink(source, options);
}

/** What was written last. */
interface Written {
  readonly token: string;
  readonly issuedAt: Date;
  /** Of the file, to notice when somebody else changes it. */
  readonly inode: number;
  readonly changedMs: number;
}

class FileSink implements TokenSink {
  readonly #source: SinkSource;
  readonly #options: TokenSinkOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timer: WakeableTimer;
  readonly #first = Promise.withResolvers<undefined>();
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #ended: Promise<void>;
  #written: Written | undefined;
  #error: TemporalAuthError | undefined;

  constructor(source: SinkSource, options: TokenSinkOptions) {
    const { clock = systemClock, logger = defaultLogger() } = options;
    this.#source = source;
    this.#options = options;
    this.#clock = clock;
    this.#logger = harmless(logger);
    this.#timer = new WakeableTimer(clock);
    void handled(this.#first.promise);
    this.#unsubscribe = source.subscribe(() => {
      this.#timer.wakeWithin(0);
    });
    this.#ended = inOwnContext(() => this.#keepWritten().catch(() => undefined));
  }

  get error(): TemporalAuthError | undefined {
    return this.#error;
  }

  async written(): Promise<void> {
    await this.#first.promise;
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort(closedError());
    this.#first.reject(closedError());
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @throws the reason of stopping */
  async #keepWritten(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#writeIfNeeded();
      await this.#timer.wait(checkEveryMs, signal);
    }
  }

  async #writeIfNeeded(): Promise<void> {
    const token = callSafely(() => this.#source.peek(), undefined);
    if (token === undefined) return;
    try {
      if (token === this.#written?.token && (await this.#isUntouched(this.#written))) return;
      await this.#write(token);
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#error !== undefined)
      this.#logger.info('The token file is written again', { path: this.#options.path });
    this.#error = undefined;
    this.#first.resolve(undefined);
  }

  async #isUntouched({ inode, changedMs }: Written): Promise<boolean> {
    const found = await stat(this.#options.path).catch(() => undefined);
    return found?.ino === inode && found.ctimeMs === changedMs;
  }

  async #write(token: string): Promise<void> {
    const { path, detailsPath } = this.#options;
    const issuedAt =
      this.#written?.token === token ? this.#written.issuedAt : new Date(this.#clock.wallNow());
    const expiresAt = this.#source.getTokenExpiryTime?.();
    if (detailsPath !== undefined)
      await this.#replace(detailsPath, JSON.stringify({ expiresAt, issuedAt }), issuedAt);
    await this.#replace(path, token, issuedAt);
    const { ino, ctimeMs } = await stat(path);
    this.#written = { token, issuedAt, inode: ino, changedMs: ctimeMs };
  }

  /** Written beside and renamed: a reader finds the old text or the new one. */
  async #replace(path: string, text: string, at: Date): Promise<void> {
    const { groupId } = this.#options;
    const beside = `${path}.new`;
    // Of a process that was killed; and `wx` below follows no link that somebody put there.
    await rm(beside, { force: true });
    const file = await open(beside, 'wx', 0o600);
    try {
      if (groupId !== undefined) {
        await file.chown(process.getuid?.() ?? -1, groupId);
        await file.chmod(0o640);
      }
      await file.writeFile(text);
      await file.utimes(at, at);
      await file.sync();
      await file.close();
      await rename(beside, path);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  #failed(error: unknown): void {
    const failure = tokenFileFailed(this.#options.path, error);
    if (failure.message !== this.#error?.message) this.#logger.warn(failure.message, { code: failure.code });
    this.#error = failure;
  }
}
