import type { Logger } from '@temporalio/common';
import type { TokenSource } from '@worker-auth/token-manager';
import {
  callSafely,
  checkOptions,
  type Clock,
  handled,
  inOwnContext,
  systemClock,
} from '@worker-auth/internal';
import { WakeableTimer } from '../connection/wakeable-timer.ts';
import { closedError, tokenFileFailed } from '../errors/own-errors.ts';
import type { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import { defaultLogger, harmless } from '../settings/logger.ts';
import { type FileContent, ReplacedFile } from './replaced-file.ts';

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

/** The newest token, since when it is there, and what the second file says of it. */
interface SeenToken {
  readonly token: string;
  readonly issuedAt: Date;
  readonly details: string;
}

class FileSink implements TokenSink {
  readonly #source: SinkSource;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timer: WakeableTimer;
  readonly #first = Promise.withResolvers<undefined>();
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #ended: Promise<void>;
  readonly #file: ReplacedFile;
  readonly #detailsFile: ReplacedFile | undefined;
  #seen: SeenToken | undefined;
  #error: TemporalAuthError | undefined;

  constructor(source: SinkSource, options: TokenSinkOptions) {
    const { path, detailsPath, groupId, clock = systemClock, logger = defaultLogger() } = options;
    this.#source = source;
    this.#file = new ReplacedFile(path, groupId);
    this.#detailsFile = detailsPath === undefined ? undefined : new ReplacedFile(detailsPath, groupId);
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
    const { issuedAt: at, details } = this.#see(token);
    // The details first: whoever finds a token finds what is said of it. The token is written whatever becomes of them.
    const failures = [
      this.#detailsFile && (await this.#keep(this.#detailsFile, { text: details, at })),
      await this.#keep(this.#file, { text: token, at }),
    ];
    if (failures[1] === undefined) this.#first.resolve(undefined);
    const failure = failures[1] ?? failures[0];
    if (failure === undefined && this.#error !== undefined)
      this.#logger.info('The token file is written again', { path: this.#file.path });
    if (failure !== undefined && failure.message !== this.#error?.message)
      this.#logger.warn(failure.message, { code: failure.code });
    this.#error = failure;
  }

  #see(token: string): SeenToken {
    if (this.#seen?.token === token) return this.#seen;
    const issuedAt = new Date(this.#clock.wallNow());
    const expiresAt = callSafely(() => this.#source.getTokenExpiryTime?.(), undefined);
    this.#seen = { token, issuedAt, details: JSON.stringify({ expiresAt, issuedAt }) };
    return this.#seen;
  }

  async #keep(file: ReplacedFile, content: FileContent): Promise<TemporalAuthError | undefined> {
    try {
      await file.keep(content);
      return undefined;
    } catch (error) {
      return tokenFileFailed(file.path, error);
    }
  }
}
