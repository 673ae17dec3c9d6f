import type { NativeConnection, Worker } from '@temporalio/worker';
import { inOwnContext } from '@worker-auth/internal';
import type { ApiKeyUpdater } from '../connection/api-key-updater.ts';
import { ConnectionFactory, inTime } from '../connection/connection-factory.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import { followingConnection, followWithClient, moveWorker } from './moved-worker.ts';
import type { ConnectionUse, MonitoringOptions } from './monitored-connection.ts';
import type { WorkerEvents } from './worker-events.ts';

/** First wait before another connection is tried for a rejected token, in ms. Doubles each time. */
const retryMs = { first: 500, max: 60_000 };

/** How long a connection may take to open, in ms. */
const openMs = 10_000;

export interface ConnectionReplacerOptions extends Pick<
  MonitoringOptions,
  'clock' | 'logger' | 'certificates' | 'events'
> {
  readonly factory: ConnectionFactory;
  readonly updater: ApiKeyUpdater;
  /** The workers on it. A connection on which one is being made stays open until that begins. */
  readonly uses: Iterable<Pick<ConnectionUse, 'madeOn' | 'worker'>>;
  readonly isAccepted: (connection: NativeConnection) => Promise<boolean>;
  readonly onReplaced: (next: NativeConnection) => void;
  /** Whether the first connection is ours to close. */
  readonly isOurs: boolean;
  readonly explain: (error: unknown) => string;
}

/**
 * Replaces a native connection under its running workers: when there is another client certificate, and when Temporal accepts on a new
 * connection the token that it rejects on this one, as where one of two frontends lacks a key. The connection before is closed as soon as no
 * worker holds it.
 */
export class ConnectionReplacer {
  readonly #options: ConnectionReplacerOptions;
  readonly #unsubscribe: (() => void) | undefined;
  /** The connection in place, for the clients of activities. */
  readonly #following = followingConnection(() => this.#options.updater.connection);
  readonly #left = new Set<NativeConnection>();
  readonly #ending = new AbortController();
  #turn: Promise<void> | undefined;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;
  #nextTryMs = -Infinity;
  #waitMs = retryMs.first;

  constructor(options: ConnectionReplacerOptions) {
    const { certificates, factory } = options;
    this.#options = options;
    if (factory.presented.fingerprint === undefined) return;
    const look = (): void => {
      this.#inTurn(() => this.#followCertificate());
    };
    this.#unsubscribe = certificates?.on('renewed', look);
    // One may have come while the connection was being opened.
    look();
  }

  /** A worker begins; it is moved along whenever another connection takes the place of the one that it is on. */
  add(worker: Worker, madeOn: NativeConnection): void {
    followWithClient(worker, this.#following);
    this.#move(worker, madeOn);
    void this.closeLeft();
  }

  /** Temporal rejects the token on this connection. */
  rejected(): void {
    const nowMs = this.#options.clock.monotonicNow();
    if (nowMs < this.#nextTryMs) return;
    this.#nextTryMs = nowMs + this.#waitMs;
    this.#waitMs = Math.min(retryMs.max, this.#waitMs * 2);
    this.#inTurn(() => this.#tryAnother());
  }

  /** Temporal accepts the token on this connection. */
  accepted(): void {
    this.#waitMs = retryMs.first;
  }

  /** Closes those that were replaced; those that a worker holds are tried again later. */
  async closeLeft(): Promise<void> {
    const reserved = [...this.#options.uses].filter(({ worker }) => worker === undefined);
    for (const connection of this.#left) {
      if (reserved.some(({ madeOn }) => madeOn === connection)) continue;
      await connection.close().then(
        () => this.#left.delete(connection),
        () => undefined,
      );
    }
  }

  /** Ends it for good; the connection in place stays open, and so does one that a worker still holds. */
  async stop(): Promise<void> {
    this.#ending.abort(connectionClosed());
    this.#unsubscribe?.();
    await this.#turn;
    await this.closeLeft();
  }

  #inTurn(work: () => Promise<void>): void {
    if (this.#ending.signal.aborted || this.#turn !== undefined) return;
    this.#turn = inOwnContext(() => this.closeLeft().then(work)).finally(() => {
      this.#turn = undefined;
    });
  }

  async #followCertificate(): Promise<void> {
    const { certificates, logger, explain, updater } = this.#options;
    const { fingerprint, notAfter } = certificates?.newest ?? {};
    if (fingerprint === ConnectionFactory.of(updater.connection)?.presented.fingerprint) return;
    try {
      await this.#replaceWith(await this.#open(), 'certificate');
      logger.info('The workers are connected with another client certificate', { notAfter });
    } catch (error) {
      if (this.#ending.signal.aborted || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      const text = 'The workers keep their connection, since none can be opened with the new certificate';
      logger.warn(`${text}: ${explain(error)}`);
    }
  }

  async #tryAnother(): Promise<void> {
    const { isAccepted, logger, factory } = this.#options;
    const next = await this.#open().catch(() => undefined);
    if (next === undefined) return;
    if (!(await isAccepted(next).catch(() => false))) {
      await next.close();
      return;
    }
    await this.#replaceWith(next, 'rejected');
    const text =
      'Temporal rejected the token on one connection and accepts it on a new one; the workers use that';
    logger.warn(text, { address: factory.address });
  }

  #open(): Promise<NativeConnection> {
    const { factory, clock } = this.#options;
    const timeoutError = (): Error => new Error(`the connection was not open within ${openMs} ms`);
    const bounds = { clock, timeoutMs: openMs, signal: this.#ending.signal, timeoutError };
    return inTime(factory.open(), bounds);
  }

  async #replaceWith(
    next: NativeConnection,
    reason: WorkerEvents['connectionReplaced']['reason'],
  ): Promise<void> {
    const { updater, onReplaced, isOurs, factory, events, uses } = this.#options;
    if (this.#ending.signal.aborted || updater.isClosed) {
      await next.close();
      return;
    }
    const { token, fingerprint } = ConnectionFactory.of(next)?.presented ?? {};
    onReplaced(next);
    const before = updater.replaceConnection(next, token ?? fingerprint ?? '');
    const isFirst = ConnectionFactory.of(before) === factory;
    if (isOurs || !isFirst) this.#left.add(before);
    for (const { worker } of uses) if (worker !== undefined) this.#move(worker, before);
    events.emit('connectionReplaced', { address: factory.address, reason });
    await this.closeLeft();
  }

  #move(worker: Worker, before: NativeConnection): void {
    const { updater, logger } = this.#options;
    if (worker.connection === before && before !== updater.connection)
      moveWorker(worker, updater.connection, logger);
  }
}
