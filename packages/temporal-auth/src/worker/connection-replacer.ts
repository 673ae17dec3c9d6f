import type { NativeConnection, Worker } from '@temporalio/worker';
import { inOwnContext } from '@worker-auth/internal';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { ConnectionFactory, inTime } from '../connection/connection-factory.ts';
import { followingConnection, followWithClient, moveWorker } from './moved-worker.ts';
import type { MonitoredConnection } from './monitored-connection.ts';
import type { WorkerEvents } from './worker-events.ts';

/** First wait before another connection is tried for a rejected token, in ms. Doubles each time. */
const retryMs = { first: 500, max: 60_000 };

/** How long a connection may take to open, in ms. */
const openMs = 10_000;

/**
 * Replaces a native connection under its running workers: when there is another client certificate, and when Temporal accepts on a new
 * connection the token that it rejects on this one, as where one of two frontends lacks a key. The connection before is closed as soon as no
 * worker holds it.
 */
export class ConnectionReplacer {
  readonly #on: MonitoredConnection;
  readonly #factory: ConnectionFactory;
  readonly #unsubscribe: (() => void) | undefined;
  /** The connection in place, for the clients of activities. */
  readonly #following = followingConnection(() => this.#on.updater.connection);
  readonly #left = new Set<NativeConnection>();
  #turn: Promise<void> | undefined;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;
  #nextTryMs = -Infinity;
  #waitMs = retryMs.first;

  /** @param factory what the connection was opened with */
  constructor(on: MonitoredConnection, factory: ConnectionFactory) {
    this.#on = on;
    this.#factory = factory;
    const { certificates } = on.options;
    if (certificates === undefined || factory.presented.fingerprint === undefined) return;
    const look = (): void => {
      this.#inTurn(() => this.#followCertificate(certificates.newest));
    };
    this.#unsubscribe = certificates.on('renewed', look);
    // One may have come while the connection was being opened.
    look();
  }

  /** A worker begins; it is moved along whenever another connection takes the place of the one that it is on. */
  add(worker: Worker): void {
    followWithClient(worker, this.#following);
    this.#move(worker);
    void this.closeLeft();
  }

  /** Temporal rejects the token on this connection. */
  rejected(): void {
    const nowMs = this.#on.options.clock.monotonicNow();
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
    const reserved = [...this.#on.uses].filter(({ worker }) => worker === undefined);
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
    this.#unsubscribe?.();
    await this.#turn;
    await this.closeLeft();
  }

  #inTurn(work: () => Promise<void>): void {
    if (this.#on.ending.aborted || this.#turn !== undefined) return;
    this.#turn = inOwnContext(() => this.closeLeft().then(work)).finally(() => {
      this.#turn = undefined;
    });
  }

  async #followCertificate({ fingerprint, notAfter }: ClientCertificate): Promise<void> {
    if (fingerprint === ConnectionFactory.of(this.#on.updater.connection)?.presented.fingerprint) return;
    try {
      await this.#replaceWith(await this.#open(), 'certificate');
      this.#on.options.logger.info('The workers are connected with another client certificate', { notAfter });
    } catch (error) {
      if (this.#on.ending.aborted || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      const text = 'The workers keep their connection, since none can be opened with the new certificate';
      this.#on.options.logger.warn(`${text}: ${this.#on.explain(error)}`);
    }
  }

  async #tryAnother(): Promise<void> {
    const next = await this.#open().catch(() => undefined);
    if (next === undefined) return;
    if (!(await this.#on.isAccepted(next).catch(() => false))) {
      await next.close();
      return;
    }
    await this.#replaceWith(next, 'rejected');
    const text =
      'Temporal rejected the token on one connection and accepts it on a new one; the workers use that';
    this.#on.options.logger.warn(text, { address: this.#factory.address });
  }

  #open(): Promise<NativeConnection> {
    const timeoutError = (): Error => new Error(`the connection was not open within ${openMs} ms`);
    const { clock } = this.#on.options;
    return inTime(this.#factory.open(), { clock, timeoutMs: openMs, signal: this.#on.ending, timeoutError });
  }

  async #replaceWith(
    next: NativeConnection,
    reason: WorkerEvents['connectionReplaced']['reason'],
  ): Promise<void> {
    const { updater, all, uses, ofUser } = this.#on;
    if (updater.isClosed) {
      await next.close();
      return;
    }
    const { token, fingerprint } = ConnectionFactory.of(next)?.presented ?? {};
    all.add(next);
    const before = updater.replaceConnection(next, token ?? fingerprint ?? '');
    if (before !== ofUser) this.#left.add(before);
    for (const { worker } of uses) if (worker !== undefined) this.#move(worker);
    this.#on.probeSoon();
    this.#on.options.events.emit('connectionReplaced', { address: this.#factory.address, reason });
    await this.closeLeft();
  }

  /** Leaves one where it is that its user has given another connection. */
  #move(worker: Worker): void {
    const { updater, all } = this.#on;
    const { connection } = worker;
    if (connection !== undefined && connection !== updater.connection && all.has(connection))
      moveWorker(worker, updater.connection, this.#on.options.logger);
  }
}
