import type { NativeConnection } from '@temporalio/worker';
import { abortable, handled, WakeableTimer } from '@worker-auth/internal';
import { connectionClosed } from '../errors/own-errors.ts';
import { isClosedConnection } from '../errors/refusal.ts';
import { retryMs, type TokenReplacement } from '../tokens/token-replacement.ts';

/** Whether Temporal accepts a token. `unknown`: it did not answer, or said nothing of the token. */
export type Verdict = 'accepted' | 'rejected' | 'unknown';

export interface ApiKeyUpdaterOptions {
  readonly connection: NativeConnection;
  readonly replacement: TokenReplacement;
  /** The token that the connection was opened with, and Temporal accepted; `undefined` for none. */
  readonly opened: string | undefined;
  /** Whether the tokens are API keys, and not certificates by their fingerprints. */
  readonly isPushed: boolean;
  /** Tries a token, or the connection's own, by a call on this connection. Has a deadline of its own. */
  readonly tryToken: (connection: NativeConnection, token: string | undefined) => Promise<Verdict>;
  /** Called when a new token is rejected and the one before stays: once until a new one is in use. */
  readonly onKept: () => void;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Gives a native connection each new token until it is closed. Temporal's Core reads the API key of its connection at each attempt of each
 * call. A new token that Temporal rejects does not replace one that it still accepts: it is tried again until it is accepted.
 */
export class ApiKeyUpdater {
  /** The one in place now. */
  connection: NativeConnection;
  readonly #options: ApiKeyUpdaterOptions;
  readonly #unsubscribe: () => void;
  readonly #timer: WakeableTimer;
  readonly #closing = new AbortController();
  #current: string;
  #isCurrentAccepted = true;
  /** Not accepted yet, oldest first. */
  #candidates: readonly string[] = [];
  #isRunning = false;
  #isKept = false;
  #round: Promise<unknown> = Promise.resolve();

  constructor(options: ApiKeyUpdaterOptions) {
    const { connection, opened = '', replacement } = options;
    this.#options = options;
    this.connection = connection;
    this.#current = opened;
    this.#timer = new WakeableTimer(replacement.clock);
    this.#unsubscribe = replacement.tokens.subscribe(this.#add.bind(this));
    // A token that came while the connection was being opened had no subscriber yet.
    this.#add(replacement.tokens.peek());
  }

  get current(): string {
    return this.#current;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Resolves when each token that came until now is in use, or was tried and is tried again later. */
  async updated(): Promise<void> {
    await this.#round;
  }

  /** A call of this purpose was accepted with the token. */
  accepted(token: string, purpose: string): void {
    if (token === this.#current) this.#isCurrentAccepted = true;
    this.#options.replacement.accepted(token, purpose);
  }

  /** A call of this purpose was rejected with the token. Resolves to whether the connection has another one by now. */
  async rejected(token: string, purpose: string): Promise<boolean> {
    if (token === this.#current) {
      if (this.#isRunning) this.#timer.wakeWithin(0);
      const another = await this.#options.replacement.rejected(token, purpose)?.catch(() => undefined);
      // An answer that comes late may be older than the token in use by then.
      if (token === this.#current) this.#add(another);
    }
    await this.#round;
    return this.#current !== token;
  }

  /** Puts another connection, opened with a token that Temporal accepted, in the place of this one. Returns the one before, which stays open. */
  replaceConnection(next: NativeConnection, opened: string): NativeConnection {
    if (this.isClosed) throw connectionClosed();
    const before = this.connection;
    this.connection = next;
    this.#current = opened;
    this.#isCurrentAccepted = true;
    this.#isKept = false;
    this.#candidates = [];
    this.#add(this.#options.replacement.tokens.peek());
    return before;
  }

  /** Leaves the connection open. */
  stop(): void {
    this.#closing.abort(connectionClosed());
    this.#unsubscribe();
  }

  #add(token: string | undefined): void {
    if (token === undefined || !this.#options.isPushed || this.isClosed) return;
    if (token === this.#current || this.#candidates.includes(token)) return;
    // The oldest, which is accepted first where clocks lag, and the newest.
    this.#candidates = [...this.#candidates.slice(0, 1), token];
    if (this.#isRunning) this.#timer.wakeWithin(0);
    else void handled(this.#tryUntilAccepted());
  }

  async #tryUntilAccepted(): Promise<void> {
    this.#isRunning = true;
    for (let waitMs = retryMs.first; this.#candidates.length > 0; waitMs *= 2) {
      // A try that fails is repeated, as one that is rejected.
      await (this.#round = Promise.allSettled([this.#tryAll()]));
      if (this.#candidates.length > 0)
        await this.#timer.wait(Math.min(retryMs.max, waitMs), this.#closing.signal);
    }
    this.#isRunning = false;
  }

  async #tryAll(): Promise<void> {
    for (const token of this.#candidates) {
      const verdict = await this.#try(token);
      if (verdict !== 'rejected') return this.#use(token, verdict === 'accepted');
    }
    const [oldest] = this.#candidates;
    if (oldest === undefined) return;
    // The current one may still be accepted, once it is older, where it never was.
    if (this.#current === '' || (this.#isCurrentAccepted && (await this.#try(undefined)) === 'rejected'))
      await this.#use(oldest, false);
    else if (this.#isCurrentAccepted && !this.#isKept) {
      this.#isKept = true;
      this.#options.onKept();
    }
    const newest = this.#candidates.at(-1);
    if (this.#isCurrentAccepted || newest === undefined) return;
    // None of them may ever be accepted: another one is asked for beside them.
    void this.#options.replacement.rejected(newest, 'new tokens')?.catch(() => undefined);
  }

  async #try(token: string | undefined): Promise<Verdict> {
    const { connection } = this;
    const verdict = await abortable(this.#options.tryToken(connection, token), this.#closing.signal);
    // It says nothing of the one that took its place: all are tried again on that.
    if (connection !== this.connection) throw connectionClosed();
    return verdict;
  }

  async #use(token: string, isAccepted: boolean): Promise<void> {
    // A newer one may have taken its place among them, behind the oldest.
    this.#candidates = this.#candidates.slice(Math.max(1, this.#candidates.indexOf(token) + 1));
    try {
      await this.connection.setApiKey(token);
    } catch (error) {
      if (isClosedConnection(error)) this.stop();
      else this.#options.onFailed(error);
      return;
    }
    this.#current = token;
    this.#isCurrentAccepted = isAccepted;
    this.#isKept = false;
  }
}
