import { Client } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { inOwnContext } from '@worker-auth/internal';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { ConnectionFactory, inTime } from '../connection/connection-factory.ts';
import { messageOf } from '../errors/translate.ts';
import { isHeldByWorkers } from '../errors/refusal.ts';
import type { MonitoredConnection } from './monitored-connection.ts';

/** How long after one another other connections are tried for a rejected token, in ms; the last wait is repeated. */
const triesApartMs = [0, 1_000, 4_000, 60_000] as const;

/** After so long without a rejection, in ms, they are tried as at first. */
const forgivenMs = 600_000;

/** How long a connection may take to open, in ms. */
const openMs = 30_000;

/** Of workers that are over, or as good as: Core takes no other connection for them. */
const endedStates: readonly string[] = ['DRAINED', 'STOPPED', 'FAILED'];

/**
 * Replaces a native connection under its running workers: when there is another client certificate, and when Temporal accepts on a new
 * connection the token that it rejects on this one, as where one of two frontends lacks a key.
 */
export class ConnectionReplacer {
  readonly #on: MonitoredConnection;
  readonly #factory: ConnectionFactory;
  readonly #unsubscribe: (() => void) | undefined;
  /** The connection in place, for the clients of activities. */
  readonly #following = followingConnection(() => this.#on.token.connection);
  readonly #left = new Set<NativeConnection>();
  #turn: Promise<void> | undefined;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;
  #tries = 0;
  #lastTryMs = -Infinity;

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

  add(worker: Worker): void {
    followWithClient(worker, this.#following);
    this.#move(worker);
    void this.closeLeft();
  }

  /** The token is rejected in this namespace: another connection may lead to a frontend that accepts it there. */
  rejected(namespace: string): void {
    const nowMs = this.#on.options.clock.monotonicNow();
    const sinceMs = nowMs - this.#lastTryMs;
    if (sinceMs > forgivenMs) this.#tries = 0;
    if (sinceMs < (triesApartMs[this.#tries] ?? triesApartMs[3])) return;
    this.#tries++;
    this.#lastTryMs = nowMs;
    this.#inTurn(() => this.#tryAnother(namespace));
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

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#turn;
    await this.closeLeft();
  }

  #inTurn(work: () => Promise<void>): void {
    if (this.#on.ending.aborted || this.#turn !== undefined) return;
    const turn = inOwnContext(() => this.closeLeft().then(work));
    this.#turn = turn.finally(() => (this.#turn = undefined));
  }

  async #followCertificate({ fingerprint, notAfter }: ClientCertificate): Promise<void> {
    if (fingerprint === ConnectionFactory.of(this.#on.token.connection)?.presented.fingerprint) return;
    const { logger } = this.#on.options;
    try {
      if (await this.#replaceWith(await this.#open(), 'certificate'))
        logger.info('The workers are connected with another client certificate', { notAfter });
    } catch (error) {
      if (this.#on.ending.aborted || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      const text = 'The workers keep their connection, since none can be opened with the new certificate';
      logger.warn(`${text}: ${this.#on.explain(error)}`);
    }
  }

  async #tryAnother(namespace: string): Promise<void> {
    const next = await this.#open().catch(() => undefined);
    if (next === undefined) return;
    const verdicts = await this.#on.tryToken(next, undefined, [namespace]).catch(() => undefined);
    const { logger } = this.#on.options;
    if (verdicts?.get(namespace) !== 'accepted') return closeUnheld(next, logger);
    if (!(await this.#replaceWith(next, 'rejected'))) return;
    logger.warn(
      'Temporal rejected the token on one connection and accepts it on a new one; the workers use that',
      { address: this.#on.address },
    );
  }

  #open(): Promise<NativeConnection> {
    const timeoutError = (): Error => new Error(`the connection was not open within ${openMs} ms`);
    const { clock } = this.#on.options;
    return inTime(this.#factory.open(), { clock, timeoutMs: openMs, signal: this.#on.ending, timeoutError });
  }

  /** Resolves to whether it did: not where the connection was closed meanwhile. */
  async #replaceWith(next: NativeConnection, reason: 'rejected' | 'certificate'): Promise<boolean> {
    const { token: held, all, uses, ofUser, options } = this.#on;
    if (held.isClosed) {
      await closeUnheld(next, options.logger);
      return false;
    }
    const { token, fingerprint } = ConnectionFactory.of(next)?.presented ?? {};
    all.add(next);
    const before = held.replaceConnection(next, token ?? fingerprint ?? '');
    if (before !== ofUser) this.#left.add(before);
    for (const { worker } of uses) if (worker !== undefined) this.#move(worker);
    this.#on.probeSoon();
    options.events.emit('connectionReplaced', { address: this.#on.address, reason });
    await this.closeLeft();
    return true;
  }

  /** One that shuts down is moved too, as results are yet to come; one that its user has given another connection stays. */
  #move(worker: Worker): void {
    const { token, all, options } = this.#on;
    const { connection: before } = worker;
    if (before === undefined || before === token.connection || !all.has(before)) return;
    if (endedStates.includes(worker.getState())) return;
    try {
      worker.connection = token.connection;
    } catch (error) {
      const { taskQueue } = worker.options;
      options.logger.error(`A worker could not be moved: ${messageOf(error)}`, { taskQueue });
    }
  }
}

/** Makes each call on the connection that is in place then. What `withMetadata` and its like set holds for the one on which they were called. */
export function followingConnection(current: () => NativeConnection): NativeConnection {
  return new Proxy<NativeConnection>(Object.create(null) as NativeConnection, {
    get: (_target, key) => {
      const connection = current();
      const value: unknown = Reflect.get(connection, key, connection);
      return typeof value === 'function' ? (value.bind(connection) as unknown) : value;
    },
  });
}

/** Gives the activities of a worker a client on a connection that follows: Temporal's own would be on one that is closed by then. */
export function followWithClient(worker: Worker, connection: NativeConnection): void {
  const { namespace, identity, dataConverter, interceptors } = worker.options;
  const client = new Client({
    ...{ namespace, connection, identity, interceptors: interceptors.client },
    ...(dataConverter && { dataConverter }),
  });
  Object.defineProperty(worker, 'client', { value: client, configurable: true });
}

/** A worker that has failed may hold its connection for ever, and its own error is the one to be reported. One that runs was not shut down. */
export async function closeUnheld(connection: NativeConnection, logger: Logger): Promise<void> {
  await connection.close().catch((error: unknown) => {
    const text = 'A worker still holds its connection, which cannot be closed: shut it down before close()';
    if (isHeldByWorkers(error)) logger.warn(`${text}, or end the process by process.exit() if it has failed`);
  });
}
