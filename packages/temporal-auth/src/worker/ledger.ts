import type { Logger } from '@temporalio/common';
import { abortable, type Clock } from '@worker-auth/inlined';
import type { ProbeEvent } from './watchdog.ts';
import type { OutcomeEvent, WorkerEventSink } from './worker-events.ts';

/** An outcome that was told to Temporal, or is to be, and how it can be told (again). */
export interface LedgerEntry {
  /** Resolves once Temporal has it, or has no such task any more: it had arrived, or comes too late. Rejects when nobody knows. */
  deliver(): Promise<void>;
  /** What it takes in memory, roughly. */
  readonly bytes: number;
  /** How long Temporal's SDK may take from here to the call that tells it, in milliseconds. */
  readonly settleMs: number;
  readonly of: OutcomeEvent;
}

/** What a ledger has to know of the token of its connection; a watchdog knows it. */
export interface LedgerWatch {
  readonly isBad: boolean;
  readonly heldToken: string;
  probeSoon(withinMs?: number): void;
  resultSent(): void;
  on(name: 'probed', listener: (event: ProbeEvent) => void): () => void;
}

/** How much a {@link Ledger} keeps. */
export interface LedgerLimits {
  /** Default 10,000. */
  readonly maxEntries: number;
  /** Default 64 MiB. */
  readonly maxBytes: number;
}

/** Settings of a {@link Ledger}. */
export interface LedgerOptions {
  readonly watch: LedgerWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: WorkerEventSink;
  /** What may be shown of an error of Temporal's SDK. */
  readonly explain: (error: unknown) => string;
  readonly limits?: Partial<LedgerLimits>;
}

interface Kept {
  readonly entry: LedgerEntry;
  /** The token with which the SDK tells it. */
  readonly token: string;
  /** By the monotonic clock. */
  readonly keptAtMs: number;
  state:
    /** By the SDK, and nothing says that it did not arrive. */
    | 'told'
    /** It may not have arrived: to be told from here after the next good probe, */
    | 'suspect'
    /** now, */
    | 'due'
    /** or just being told. */
    | 'underWay';
  /** By the SDK, before it is told from here. */
  readonly wasTold: boolean;
  failures: number;
  readonly end: (hasArrived: boolean) => void;
}

const defaultLimits: LedgerLimits = { maxEntries: 10_000, maxBytes: 64 * 2 ** 20 };

/** Calls that are made at once when much has to be told again. */
const maxDeliveries = 10;
/** What fails so often, each time after a good probe, is no matter of the token. */
const maxFailures = 5;

/**
 * Keeps each outcome until it is known that Temporal has it: a probe with the same token, begun after the SDK must have told it, was good.
 * What a probe does not confirm is told again after the next good one.
 *
 * It is bounded; at the bound an outcome waits for {@link Ledger.room} before it is told at all.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #limits: LedgerLimits;
  readonly #kept = new Set<Kept>();
  readonly #unsubscribe: () => void;
  /** Resolves when there is one less. */
  #change = Promise.withResolvers<undefined>();
  #bytes = 0;
  #deliveries = 0;
  #isFlushing = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#unsubscribe = options.watch.on('probed', (event) => {
      this.#take(event);
    });
  }

  /** How many outcomes are not confirmed yet. */
  get size(): number {
    return this.#kept.size;
  }

  /** Forgets everything; what is being told again goes on. */
  close(): void {
    this.#unsubscribe();
    for (const kept of this.#kept) this.#remove(kept, false);
  }

  /**
   * Resolves when an outcome of this size can be kept. One that is larger than all there is has it to itself.
   *
   * @throws the signal's reason
   */
  async room(bytes: number, signal: AbortSignal): Promise<void> {
    const { maxEntries, maxBytes } = this.#limits;
    while (this.#kept.size >= maxEntries || (this.#kept.size > 0 && this.#bytes + bytes > maxBytes)) {
      this.#options.watch.probeSoon(0);
      await abortable(this.#change.promise, signal);
    }
  }

  /**
   * Keeps an outcome that the SDK is about to tell; with `isSuspect`, one that it will not, and that is told from here.
   *
   * @returns whether Temporal has it, once that is known; false when it was given up
   */
  keep(entry: LedgerEntry, { isSuspect = false } = {}): Promise<boolean> {
    const { watch, clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const state = !isSuspect ? 'told' : watch.isBad ? 'suspect' : 'due';
    const what = { entry, token: watch.heldToken, keptAtMs: clock.monotonicNow() };
    this.#kept.add({ ...what, state, wasTold: state === 'told', failures: 0, end: resolve });
    this.#bytes += entry.bytes;
    if (state === 'told') watch.resultSent();
    else if (state === 'suspect') watch.probeSoon();
    else this.#deliverDue();
    return promise;
  }

  /**
   * Resolves when every outcome is known to have arrived, or was given up.
   *
   * @throws the signal's reason
   */
  async flush(signal: AbortSignal): Promise<void> {
    this.#isFlushing = true;
    try {
      while (this.#kept.size > 0) {
        this.#options.watch.probeSoon(this.#settleMs());
        await abortable(this.#change.promise, signal);
      }
    } finally {
      this.#isFlushing = false;
    }
  }

  /** Before the token is replaced: whether that leaves an outcome behind of which nobody would know what became of it. */
  hasUnconfirmed(token: string): boolean {
    for (const kept of this.#kept) if (kept.state === 'told' && kept.token === token) return true;
    return false;
  }

  #take({ answer, token, startedAt }: ProbeEvent): void {
    const isGood = answer.kind === 'good';
    for (const kept of this.#kept) {
      if (kept.state === 'told') {
        if (!isGood || kept.token !== token) kept.state = 'suspect';
        else if (kept.keptAtMs + kept.entry.settleMs <= startedAt.monotonicMs) this.#remove(kept, true);
      }
      if (isGood && kept.state === 'suspect') kept.state = 'due';
    }
    this.#deliverDue();
    if (this.hasUnconfirmed(token)) {
      this.#options.watch.probeSoon(this.#isFlushing ? this.#settleMs() : undefined);
    }
  }

  #deliverDue(): void {
    for (const kept of this.#kept) {
      if (this.#deliveries >= maxDeliveries) return;
      if (kept.state === 'due') void this.#deliver(kept);
    }
  }

  async #deliver(kept: Kept): Promise<void> {
    this.#deliveries++;
    kept.state = 'underWay';
    try {
      await kept.entry.deliver();
      this.#remove(kept, true);
      if (kept.wasTold) this.#options.events.emit('outcomeRedelivered', kept.entry.of);
    } catch (error) {
      this.#putBack(kept, error);
    }
    this.#deliveries--;
    this.#deliverDue();
  }

  #putBack(kept: Kept, error: unknown): void {
    kept.failures++;
    this.#report(kept, error);
    if (kept.failures >= maxFailures) {
      this.#remove(kept, false);
      return;
    }
    kept.state = 'suspect';
    // Behind the others: this one may never pass.
    if (this.#kept.delete(kept)) this.#kept.add(kept);
    this.#options.watch.probeSoon();
  }

  #report({ failures, entry }: Kept, error: unknown): void {
    const { logger, explain, events } = this.#options;
    const details = { ...entry.of, reason: explain(error) };
    if (failures < maxFailures) {
      logger.debug('The outcome of an activity could not be told yet', details);
    } else {
      logger.error('The outcome of an activity could not be told and is given up: it may run again', details);
      events.emit('outcomeGivenUp', details);
    }
  }

  #remove(kept: Kept, hasArrived: boolean): void {
    if (!this.#kept.delete(kept)) return;
    this.#bytes -= kept.entry.bytes;
    kept.end(hasArrived);
    this.#change.resolve(undefined);
    this.#change = Promise.withResolvers();
  }

  /** When the next probe can confirm all. */
  #settleMs(): number {
    return Math.max(0, ...Array.from(this.#kept, ({ entry }) => entry.settleMs));
  }
}
