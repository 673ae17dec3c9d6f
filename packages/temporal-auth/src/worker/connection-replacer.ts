import type { NativeConnection, Worker } from '@temporalio/worker';
import { inOwnContext } from '@worker-auth/internal';
import type { ApiKeyUpdater } from '../connection/api-key-updater.ts';
import { ConnectionFactory, inTime } from '../connection/connection-factory.ts';
import type { ClientCertificates } from '../network/client-certificates.ts';
import { connectionClosed } from '../errors/own-errors.ts';
import type { CommonSettings } from '../settings/auth-settings.ts';
import { followingConnection, followWithClient, hasEnded, moveWorker } from './moved-worker.ts';
import type { WorkerEvents, WorkerEventSink } from './worker-events.ts';

/** First wait before another connection is tried for a rejected token, in ms. Doubles each time. */
const retryMs = { first: 500, max: 60_000 };

/** How long a connection may take to open, in ms. */
const openMs = 10_000;

/** A connection that can be replaced. */
export interface ConnectionReplacerOptions extends Pick<CommonSettings, 'clock' | 'logger'> {
  readonly factory: ConnectionFactory;
  readonly updater: ApiKeyUpdater;
  /** Where certificates rotate. */
  readonly certificates: ClientCertificates | undefined;
  /** Whether Temporal accepts the token of workers on this connection. */
  readonly isAccepted: (connection: NativeConnection) => Promise<boolean>;
  /** Called with each connection that takes the place of another. */
  readonly onReplaced: (next: NativeConnection) => void;
  readonly events: WorkerEventSink;
  /** Whether the first connection is ours to close. */
  readonly isOurs: boolean;
  /** What may be shown of an error of Temporal's SDK. */
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
  readonly #workers = new Set<Worker>();
  readonly #left = new Set<NativeConnection>();
  /** Connections on which workers are being made, which do not hold them yet: one for each. */
  readonly #reserved = new Set<{ readonly connection: NativeConnection }>();
  readonly #ending = new AbortController();
  #fingerprint: string | undefined;
  #turn: Promise<void> | undefined;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;
  #nextTryMs = -Infinity;
  #waitMs = retryMs.first;

  constructor(options: ConnectionReplacerOptions) {
    const { certificates, factory } = options;
    this.#options = options;
    this.#fingerprint = factory.presented.fingerprint;
    if (this.#fingerprint === undefined) return;
    const look = (): void => {
      this.#inTurn(() => this.#followCertificate());
    };
    this.#unsubscribe = certificates?.onRead(look);
    // One may have come while the connection was being opened.
    look();
  }

  /** Moves a worker along whenever another connection takes the place of the one that it is on. */
  add(worker: Worker, madeOn: NativeConnection): void {
    followWithClient(worker, this.#following);
    this.#workers.add(worker);
    this.#move(worker, madeOn);
  }

  /**
   * A worker is made on the connection in place, which stays open until then.
   *
   * @returns ends it, once the worker runs or was not made after all
   */
  reserve(): () => void {
    const { connection } = this.#options.updater;
    const reservation = { connection };
    this.#reserved.add(reservation);
    return () => {
      if (this.#reserved.delete(reservation)) void this.#closeLeft();
    };
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

  /** Ends it for good; the connection in place stays open, and so does one that a worker still holds. */
  async stop(): Promise<void> {
    this.#ending.abort(connectionClosed());
    this.#unsubscribe?.();
    await this.#turn;
    this.#reserved.clear();
    await this.#closeLeft();
  }

  #inTurn(work: () => Promise<void>): void {
    if (this.#ending.signal.aborted || this.#turn !== undefined) return;
    this.#turn = inOwnContext(() => this.#closeLeft().then(work)).finally(() => {
      this.#turn = undefined;
    });
  }

  async #followCertificate(): Promise<void> {
    const certificates = this.#options.certificates;
    const fingerprint = certificates?.newest.fingerprint;
    if (fingerprint === this.#fingerprint) return;
    const { logger, explain } = this.#options;
    try {
      await this.#replaceWith(await this.#open(), 'certificate');
      logger.info('The workers are connected with another client certificate', {
        notAfter: certificates?.newest.notAfter,
      });
    } catch (error) {
      if (this.#ending.signal.aborted || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      logger.warn(
        `The workers keep their connection, since none can be opened with the new certificate: ${explain(error)}`,
      );
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
    const { updater, onReplaced, isOurs, factory, events } = this.#options;
    if (this.#ending.signal.aborted || updater.isClosed) {
      await next.close();
      return;
    }
    const { token, fingerprint } = ConnectionFactory.of(next)?.presented ?? {};
    onReplaced(next);
    const before = updater.replaceConnection(next, token ?? fingerprint ?? '');
    this.#fingerprint = fingerprint;
    const isFirst = ConnectionFactory.of(before) === factory;
    if (isOurs || !isFirst) this.#left.add(before);
    for (const worker of this.#workers) this.#move(worker, before);
    events.emit('connectionReplaced', { address: factory.address, reason });
    await this.#closeLeft();
  }

  #move(worker: Worker, before: NativeConnection): void {
    const { updater, logger } = this.#options;
    if (hasEnded(worker)) this.#workers.delete(worker);
    else if (worker.connection === before && before !== updater.connection)
      moveWorker(worker, updater.connection, logger);
  }

  /** Those that a worker holds are tried again later. */
  async #closeLeft(): Promise<void> {
    const reserved = new Set([...this.#reserved].map(({ connection }) => connection));
    for (const connection of this.#left) {
      if (reserved.has(connection)) continue;
      await connection.close().then(
        () => this.#left.delete(connection),
        () => undefined,
      );
    }
  }
}
