import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/inlined';
import { messageOf } from '../../errors/translate.ts';
import type { Watchdog } from '../watchdog.ts';
import { logUnmoved } from '../moved-worker.ts';
import type { WorkerEventSink } from '../worker-events.ts';
import { MovableWorker } from './movable-worker.ts';
import { openParkingPlace, type ParkingPlace } from './parking-place.ts';
import { encodedSystemInfo } from './system-info.ts';

/** What {@link Parking} follows, and whose workers it parks. */
export interface ParkingOptions {
  /** Of the token that `connection` sends. */
  readonly watch: Pick<Watchdog, 'health' | 'on'>;
  /** The connection to Temporal on which the workers are when they are not parked. */
  readonly temporal: () => NativeConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: WorkerEventSink;
}

type State =
  | { readonly kind: 'atTemporal' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'parked'; readonly place: ParkingPlace; readonly since: Instant }
  | { readonly kind: 'stopped' };

/**
 * Moves the workers of one connection to a server in this process while Temporal refuses the token or does not answer, and back as soon as a
 * probe is good. Fixed pollers that are refused end a worker for good after a minute; those that are parked wait for as long as it takes.
 */
export class Parking {
  readonly #options: ParkingOptions;
  readonly #systemInfo: Uint8Array;
  readonly #unsubscribe: () => void;
  readonly #workers = new Set<MovableWorker>();
  #state: State = { kind: 'atTemporal' };
  /** Opened when it is needed first, and kept. */
  #place: Promise<ParkingPlace> | undefined;
  #opened: ParkingPlace | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Asks Temporal for the only thing that could not be had any more once it is needed: what it says of itself. A worker that runs its first
   * poll while it is parked decides by it how it works for life.
   *
   * @throws ServiceError what that call throws
   */
  static async open(options: ParkingOptions): Promise<Parking> {
    return new Parking(options, await encodedSystemInfo(options.temporal()));
  }

  private constructor(options: ParkingOptions, systemInfo: Uint8Array) {
    this.#options = options;
    this.#systemInfo = systemInfo;
    const { watch } = options;
    const follow = (): void => {
      const { kind } = watch.health;
      this.#follow(kind === 'good' || kind === 'unknown');
    };
    this.#unsubscribe = watch.on('probed', follow);
    follow();
  }

  /** Whether this worker is parked now. */
  isParked(worker: Pick<Worker, 'connection'>): boolean {
    return this.#state.kind === 'parked' && worker.connection === this.#state.place.connection;
  }

  /**
   * Parks this worker too, at once when the others are parked. One that has ended is forgotten by itself.
   *
   * @returns the function that ends this, and leaves the worker at Temporal
   */
  add(worker: Worker): () => void {
    const movable = new MovableWorker(worker, this.#options.temporal);
    this.#workers.add(movable);
    this.#settle(movable);
    return () => {
      if (this.#workers.delete(movable)) this.#move(movable, { kind: 'atTemporal' });
    };
  }

  /** Ends it for good and leaves nothing open. Moves no worker: it comes after their end, and one that is parked then stays so. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#state = { kind: 'stopped' };
    this.#unsubscribe();
    const place = await this.#place?.catch(() => undefined);
    await place?.close();
  }

  #follow(isGood: boolean): void {
    if (isGood) this.#leave();
    else this.#enter();
    // At each probe, not only at the first of its kind: a worker may have been made meanwhile on the connection of one that was parked.
    this.#settleAll();
  }

  #enter(): void {
    if (this.#state.kind !== 'atTemporal') return;
    const opening: State = { kind: 'opening' };
    this.#state = opening;
    this.#openPlace().then(
      (place) => {
        if (this.#state !== opening) return;
        const { clock, logger, events } = this.#options;
        this.#state = { kind: 'parked', place, since: readInstant(clock) };
        place.lot.hold();
        const workers = this.#workers.size;
        logger.warn('The workers are parked until Temporal takes the access token: they poll nothing', {
          workers,
        });
        this.#settleAll();
        events.emit('workersParked', { workers });
      },
      (error: unknown) => {
        if (this.#state !== opening) return;
        // The next probe tries again.
        this.#state = { kind: 'atTemporal' };
        this.#options.logger.error(`The workers could not be parked: ${messageOf(error)}`);
      },
    );
  }

  #openPlace(): Promise<ParkingPlace> {
    const { clock } = this.#options;
    this.#place ??= openParkingPlace({ clock, systemInfo: this.#systemInfo }).then(
      (place) => (this.#opened = place),
      (error: unknown) => {
        this.#place = undefined;
        throw error;
      },
    );
    return this.#place;
  }

  #leave(): void {
    const state = this.#state;
    if (state.kind !== 'opening' && state.kind !== 'parked') return;
    this.#state = { kind: 'atTemporal' };
    if (state.kind === 'opening') return;
    this.#settleAll();
    // After the moves: what ends now begins anew at Temporal.
    state.place.lot.release();
    const { clock, logger, events } = this.#options;
    const workers = this.#workers.size;
    logger.info('The workers are no longer parked', { workers });
    events.emit('workersUnparked', { workers, parkedMs: elapsedMs(clock, state.since) });
  }

  #settleAll(): void {
    for (const worker of this.#workers) this.#settle(worker);
  }

  #settle(worker: MovableWorker): void {
    if (worker.hasEnded) this.#workers.delete(worker);
    else this.#move(worker, this.#state);
  }

  #move(worker: MovableWorker, to: State): void {
    try {
      if (to.kind === 'parked') worker.park(to.place.connection);
      else if (to.kind === 'atTemporal' && this.#opened) worker.unpark(this.#opened.connection);
    } catch (error) {
      logUnmoved(worker.taskQueue, error, this.#options.logger);
    }
  }
}
