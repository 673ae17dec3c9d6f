import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { ClientCertificates } from '../certificates/client-certificates.ts';
import type { OpenedNative } from '../connection/native-connection.ts';
import type { PushedConnection } from '../connection/pushed-connection.ts';
import type { ConnectionGuard } from './connection-guard.ts';
import { followWithClient, hasEnded, moveWorker } from './moved-worker.ts';

/** A connection whose certificate rotates. */
export interface ConnectionRotationOptions {
  readonly certificates: ClientCertificates;
  /** The certificate that it was opened with. */
  readonly fingerprint: string | undefined;
  readonly pushed: PushedConnection<NativeConnection>;
  readonly guard: ConnectionGuard;
  /** One that is not ours to close. Default none. */
  readonly keep?: NativeConnection | undefined;
  /** Opens one with the newest certificate. */
  readonly open: () => Promise<OpenedNative>;
  readonly logger: Logger;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
}

/**
 * Opens another connection whenever there is another certificate, puts it in the place of the one before, and moves the workers. The one before
 * is closed as soon as no worker holds it any more. One that cannot be opened is tried again at the next look at the files.
 */
export class ConnectionRotation {
  readonly #options: ConnectionRotationOptions;
  readonly #unsubscribe: readonly (() => void)[];
  readonly #workers = new Set<Worker>();
  readonly #left = new Set<NativeConnection>();
  #fingerprint: string | undefined;
  #turn: Promise<void> | undefined;
  #isStopped = false;
  /** The last certificate with which no connection could be opened. */
  #useless: string | undefined;

  constructor(options: ConnectionRotationOptions) {
    const { certificates, guard } = options;
    this.#options = options;
    this.#fingerprint = options.fingerprint;
    const look = (): void => {
      this.#look();
    };
    this.#unsubscribe = [
      certificates.onLooked(look),
      // Core goes on for ever with a certificate that no server takes any more, and says nothing.
      guard.watchdog.on('probed', ({ answer }) => {
        if (answer.kind !== 'good') certificates.lookNow();
      }),
    ];
    // One may have come while the connection was being opened.
    look();
  }

  /** Has a worker moved along whenever another connection takes the place of the one that it is on. */
  add(worker: Worker, madeOn: NativeConnection): void {
    followWithClient(worker, this.#options.guard.following);
    this.#workers.add(worker);
    this.#move(worker, madeOn);
  }

  /** Ends it for good; the connection in place then stays open, and so does one that a worker still holds. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#turn;
    await this.#closeLeft();
  }

  #look(): void {
    if (this.#isStopped || this.#turn !== undefined) return;
    this.#turn = this.#rotate().finally(() => {
      this.#turn = undefined;
    });
  }

  async #rotate(): Promise<void> {
    const { certificates, logger, explain } = this.#options;
    await this.#closeLeft();
    const { fingerprint } = certificates.newest;
    if (fingerprint === this.#fingerprint) return;
    try {
      await this.#succeed();
    } catch (error) {
      if (this.#isStopped || fingerprint === this.#useless) return;
      this.#useless = fingerprint;
      logger.warn(
        `The workers keep their connection, since none can be opened with the new certificate: ${explain(error)}`,
      );
    }
  }

  async #succeed(): Promise<void> {
    const { certificates, pushed, guard, open, keep, logger } = this.#options;
    const { connection, held, fingerprint } = await open();
    if (this.#isStopped) {
      await connection.close();
      return;
    }
    const before = await pushed.succeed(connection, held ?? pushed.held);
    this.#fingerprint = fingerprint;
    if (before !== keep) this.#left.add(before);
    for (const worker of this.#workers) this.#move(worker, before);
    guard.watchdog.probeSoon(0);
    await this.#closeLeft();
    const { notAfter } = certificates.newest;
    logger.info('The workers are connected with another client certificate', { notAfter });
  }

  #move(worker: Worker, before: NativeConnection): void {
    const { guard, logger } = this.#options;
    if (hasEnded(worker)) this.#workers.delete(worker);
    else if (worker.connection === before) moveWorker(worker, guard.connection, logger);
  }

  /** Those that a worker holds are tried again later. */
  async #closeLeft(): Promise<void> {
    for (const connection of this.#left) {
      await connection.close().then(
        () => this.#left.delete(connection),
        () => undefined,
      );
    }
  }
}
