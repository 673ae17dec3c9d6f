import type { Worker } from '@temporalio/worker';
import { callSafely, sleep } from '@worker-auth/internal';
import { backoffDelay, Emitter, retryHints } from '@worker-auth/refresh-scheduler';
import { alreadyRunning } from '../errors/own-errors.ts';
import { onceSignalled } from './shutdown-signals.ts';
import { setSupervisor } from './worker-registry.ts';
import {
  type CreatedWorker,
  resolveSupervision,
  type SuperviseOptions,
  type Supervision,
  type SupervisionEvents,
  type WorkerAttempt,
} from './supervisor-options.ts';
import type { SupervisedState } from './worker-states.ts';
import { canMend, failureText, workersFailed } from './worker-failure.ts';
import { endUnused, type RunnableWorker, runToOutcome } from './worker-run.ts';

/** Of the waits between workers: as late as the longest may a worker be, after what it waits for is there. */
const backoff = { initialMs: 1_000, maxWithoutLeaseMs: 10_000 };

type State<W> =
  | { readonly kind: 'running'; readonly worker: W }
  | {
      readonly kind: 'between';
      readonly name: Extract<SupervisedState, 'INITIALIZED' | 'STARTING' | 'WAITING' | 'STOPPED' | 'FAILED'>;
    };

/** What was wrong with an attempt: there was no worker, or one that ran and failed. */
interface Failure {
  readonly kind: 'unmade' | 'broken';
  readonly error: unknown;
}

const failureTexts = {
  unmade: 'No worker could be made; another attempt follows',
  broken: 'The worker failed; a new one follows',
} as const;

/** A worker that is replaced by a new one when it fails. */
export class SupervisedWorker<W extends RunnableWorker = Worker> {
  readonly #options: Supervision<W>;
  readonly #ending = new AbortController();
  readonly #used = new WeakSet<W>();
  #state: State<W> = { kind: 'between', name: 'INITIALIZED' };
  readonly #emitter = new Emitter<SupervisionEvents>();
  #isStarted = false;
  #workers = 0;
  /** In a row, since a worker was healthy. */
  #failures = 0;

  /** @throws TypeError or RangeError for an option that makes no sense */
  constructor(options: SuperviseOptions<W>) {
    this.#options = resolveSupervision(options);
  }

  /** The worker that runs now; `undefined` while there is none. */
  get worker(): W | undefined {
    return this.#state.kind === 'running' ? this.#state.worker : undefined;
  }

  /** The state of the worker that runs now; `STARTING` while one is made, `WAITING` before another is. */
  getState(): SupervisedState {
    return this.#state.kind === 'running' ? this.#state.worker.getState() : this.#state.name;
  }

  /** How many workers have taken the place of another one. */
  get restarts(): number {
    return Math.max(0, this.#workers - 1);
  }

  /**
   * Calls `listener` with each event of the kind; see `SupervisionEvents`. What it throws, or rejects with, is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof SupervisionEvents>(
    event: K,
    listener: (event: SupervisionEvents[K]) => void,
  ): () => void {
    return this.#emitter.on(event, listener);
  }

  /**
   * Runs a worker, and those that replace it, until one is shut down, by whatever: {@link shutdown}, the signal, a signal of the process.
   *
   * @throws ConnectivityError, AuthenticationError or ConfigurationError (`TEMPORAL_AUTH_WORKER_FAILED`) after too many failures in a row
   * @throws what no new worker can mend, as it is; the reason of a worker that failed while it was shut down
   * @throws ConfigurationError (`TEMPORAL_AUTH_ALREADY_RUNNING`) when called again
   */
  async run(): Promise<void> {
    if (this.#isStarted) throw alreadyRunning();
    this.#isStarted = true;
    const { signal, shutdownSignals, logger, onFatal } = this.#options;
    const shutdown = (): void => {
      this.shutdown();
    };
    const stopListening = onceSignalled(shutdownSignals, shutdown);
    signal?.addEventListener('abort', shutdown);
    if (signal?.aborted === true) shutdown();
    try {
      await this.#supervise(this.#ending.signal);
      this.#state = { kind: 'between', name: 'STOPPED' };
    } catch (error) {
      this.#state = { kind: 'between', name: 'FAILED' };
      logger.error(`The worker is given up: ${failureText(error)}`);
      if (onFatal === 'exit') process.exit(1);
      throw error;
    } finally {
      stopListening();
      signal?.removeEventListener('abort', shutdown);
    }
  }

  /** Shuts down the worker that runs now, as Temporal's own does; while there is none, the next is not waited for. May come at any time. */
  shutdown(): void {
    this.#ending.abort();
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
  }

  async #supervise(ending: AbortSignal): Promise<void> {
    const { clock, random, logger, maxConsecutiveFailures } = this.#options;
    let freshConnection = false;
    const isEnding = (): boolean => ending.aborted;
    for (let attempt = 1; !isEnding(); attempt++) {
      const failure = await this.#attempt({ attempt, freshConnection, signal: ending });
      if (failure === undefined) return;
      const { kind, error } = failure;
      if (isEnding() && kind === 'unmade') return;
      if (isEnding() || (kind === 'unmade' && !canMend(error, this.#workers > 0))) throw error;
      const failures = ++this.#failures;
      if (failures >= maxConsecutiveFailures) throw workersFailed(failures, error);
      freshConnection = kind === 'unmade' || failures > 1;
      const waitMs = backoffDelay(
        { attempt: failures, leaseRemainingMs: 0, ...retryHints(error) },
        backoff,
        random,
      );
      logger.warn(`${failureTexts[kind]}: ${failureText(error)}`, {
        ...{ attempt, failures, waitMs, freshConnection },
      });
      this.#state = { kind: 'between', name: 'WAITING' };
      this.#emitter.emit('workerFailed', { error, failures, retryInMs: waitMs });
      await sleep(clock, waitMs, ending).catch(() => undefined);
    }
  }

  async #attempt(attempt: WorkerAttempt): Promise<Failure | undefined> {
    const { create, translate, logger } = this.#options;
    this.#state = { kind: 'between', name: 'STARTING' };
    let created: CreatedWorker<W>;
    try {
      created = await create(attempt);
    } catch (error) {
      return { kind: 'unmade', error: translate(error) };
    }
    const { worker } = created;
    if (this.#used.has(worker)) throw usedWorker();
    this.#used.add(worker);
    setSupervisor(worker, this);
    if (attempt.signal.aborted) {
      await endUnused(worker);
      return undefined;
    }
    this.#state = { kind: 'running', worker };
    this.#workers++;
    if (attempt.attempt > 1) logger.info('A new worker runs', { attempt: attempt.attempt });
    const outcome = this.#runOne(created);
    this.#emitter.emit('workerStarted', { attempt: attempt.attempt });
    return outcome;
  }

  async #runOne(created: CreatedWorker<W>): Promise<Failure | undefined> {
    const { clock, healthyAfterMs, logger, translate } = this.#options;
    const { worker } = created;
    let wellSinceMs: number | undefined;
    const onLook = (): void => {
      const isWell = worker.getState() === 'RUNNING' && callSafely(() => created.isWell?.() ?? true, false);
      const nowMs = clock.monotonicNow();
      wellSinceMs = isWell ? (wellSinceMs ?? nowMs) : undefined;
      const isHealthy = wellSinceMs !== undefined && nowMs - wellSinceMs >= healthyAfterMs;
      if (!isHealthy || this.#failures === 0) return;
      logger.info('The new worker is healthy', { failures: this.#failures });
      this.#failures = 0;
    };
    const outcome = await runToOutcome(worker, { clock, onLook });
    if (outcome.kind === 'ended') return undefined;
    return { kind: 'broken', error: translate(outcome.error) };
  }
}

/**
 * Supervises a worker: when it fails, whatever its `run()` says or does not say, a new one takes its place, on the same connection first and
 * then on a new one.
 *
 * @throws TypeError or RangeError for an option that makes no sense
 */
export function superviseWorker<W extends RunnableWorker = Worker>(
  options: SuperviseOptions<W>,
): SupervisedWorker<W> {
  return new SupervisedWorker(options);
}

function usedWorker(): TypeError {
  return new TypeError('create() gave a worker that has run before: it must make a new one');
}
