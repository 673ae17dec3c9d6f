import type { TokenSource } from '@worker-auth/token-manager';
import { connectionClosed } from '../errors/own-errors.ts';
import { isClosedConnection } from '../errors/refusal.ts';

/** What tokens are pushed to: Temporal's native connection. */
export interface Pushable {
  setApiKey(token: string): Promise<void>;
  /** @throws when workers still use it, which it then goes on to serve */
  close(): Promise<void>;
}

/** What is pushed where. */
export interface PushOptions<C extends Pushable> {
  readonly connection: C;
  /** Those that are pushed. */
  readonly tokens: Pick<TokenSource, 'peek' | 'subscribe'>;
  /** The token that the connection was opened with. */
  readonly opened: string;
  /** Called when the connection does not take a new token. */
  readonly onPushFailed: PushFailedListener;
}

/** Is told why a connection did not take a new token. */
export type PushFailedListener = (error: unknown) => void;

/**
 * A connection that is told of each new token until it is closed: one at a time, in the order in which they came. Closing takes its
 * turn among them, so nothing is pushed to a connection that is closed, and one whose closing failed goes on with the newest token.
 */
export class PushedConnection<C extends Pushable> {
  readonly #tokens: PushOptions<C>['tokens'];
  readonly #pushFailedListeners = new Set<PushFailedListener>();
  readonly #unsubscribe: () => void;
  #connection: C;
  #turn: Promise<unknown> = Promise.resolve();
  #held: string;
  #isClosed = false;

  constructor({ connection, tokens, opened, onPushFailed }: PushOptions<C>) {
    this.#connection = connection;
    this.#tokens = tokens;
    this.onPushFailed(onPushFailed);
    this.#held = opened;
    this.#unsubscribe = tokens.subscribe((token) => {
      this.#push(token);
    });
    // A token that came while the connection was being opened had no subscriber yet.
    const newest = tokens.peek();
    if (newest !== undefined && newest !== opened) this.#push(newest);
  }

  /** The one that is in place now. */
  get connection(): C {
    return this.#connection;
  }

  /** The token that the connection took last. */
  get held(): string {
    return this.#held;
  }

  /** Whether it is told of no token any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Has one more told when the connection does not take a new token. */
  onPushFailed(listener: PushFailedListener): void {
    this.#pushFailedListeners.add(listener);
  }

  /** Resolves when every token that came until now has been pushed. */
  async pushed(): Promise<void> {
    await this.#turn;
  }

  /**
   * Puts another connection in the place of this one, in turn among the pushes: it has the newest token before.
   *
   * @param held the token that `next` was opened with
   * @returns the one before, which stays open
   * @throws what `setApiKey` throws, StoppedError when it was closed meanwhile; `next` is closed then
   */
  async succeed(next: C, held: string): Promise<C> {
    const succession = this.#turn.then(async () => {
      if (this.#isClosed) throw connectionClosed();
      const newest = this.#tokens.peek() ?? held;
      if (newest !== held) await next.setApiKey(newest);
      const before = this.#connection;
      this.#connection = next;
      this.#held = newest;
      return before;
    });
    this.#turn = succession.catch(() => next.close().catch(() => undefined));
    return succession;
  }

  /**
   * Ends the connection, then the subscription: workers that drain still need the newest token. Waits for a push under way.
   *
   * @throws what the connection throws when it cannot be closed
   */
  async close(): Promise<void> {
    const closing = this.#turn.then(async () => {
      if (this.#isClosed) return;
      await this.connection.close();
      this.#end();
    });
    this.#turn = closing.catch(() => undefined);
    await closing;
  }

  /** Ends the subscription alone, and leaves the connection open. Waits for a push under way. */
  async detach(): Promise<void> {
    this.#end();
    await this.#turn;
  }

  #end(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }

  #push(token: string): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#isClosed) return;
      try {
        await this.connection.setApiKey(token);
        this.#held = token;
      } catch (error) {
        if (isClosedConnection(error)) this.#end();
        else for (const listener of this.#pushFailedListeners) listener(error);
      }
    });
  }
}
