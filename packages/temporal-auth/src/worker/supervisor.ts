import type { Worker } from '@temporalio/worker';
import { callSafely, checkOptions, sleep, systemClock } from '@worker-auth/internal';
import { backoffDelay, Emitter, retryHints } from '@worker-auth/refresh-scheduler';
import { alreadyRunning } from '../errors/own-errors.ts';
import { defaultLogger, harmless } from '../settings/auth-settings.ts';
import {
  onceSignalled,
  resolveSettings,
  type SuperviseOptions,
  type SupervisionEvents,
  type WorkerAttempt,
} from './supervisor-options.ts';
import type { SupervisedState, WorkerHealth } from './worker-health.ts';
import {
  canMend,
  endUnused,
  isForced,
  failureText,
  type RunnableWorker,
  runToEnd,
  shownFailure,
  workersFailed,
} from './worker-run.ts';

/** Of the waits between workers: as late as the longest may a worker be, after what it waits for has arrived. */
const backoff = { initialMs: 1_000, maxWithoutLeaseMs: 10_000 };

const temporalSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'];

/** What the health of a worker is taken from, in place of the worker. */
type Supervisor = Pick<SupervisedWorker<RunnableWorker>, 'restarts' | 'getState' | 'worker'>;

type Watched = RunnableWorker | Supervisor;

const supervisors = new WeakMap<object, Supervisor>();

/** A worker that is replaced by a new one when it fails. */
export class SupervisedWorker<W extends RunnableWorker = Worker> {
  readonly #options: ReturnType<typeof resolved<W>>;
  readonly #ending = new AbortController();
  /** The worker that runs, or what there is while none does. */
  #state: W | SupervisedState = 'INITIALIZED';
  readonly #emitter = new Emitter<SupervisionEvents>();
  #workers = 0;
  /** In a row, since a worker was healthy. */
  #failures = 0;

  /** @throws TypeError or RangeError for an option that makes no sense */
  constructor(options: SuperviseOptions<W>) {
    this.#options = resolved(options);
  }

  /** The worker that runs now; `undefined` while there is none. */
  get worker(): W | undefined {
    return typeof this.#state === 'string' ? undefined : this.#state;
  }

  /** The state of the worker that runs now; `STARTING` while one is made, `WAITING` before another is. */
  getState(): SupervisedState {
    return typeof this.#state === 'string' ? this.#state : this.#state.getState();
  }

  /** How many workers have taken the place of another one. */
  get restarts(): number {
    return Math.max(0, this.#workers - 1);
  }

  /** Calls `listener` with each event of the kind; what it throws is dropped. Returns what ends the subscription. */
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
    if (this.#state !== 'INITIALIZED') throw alreadyRunning();
    this.#state = 'STARTING';
    const { signal, shutdownSignals, logger, onFatal } = this.#options;
    const shutdown = this.shutdown.bind(this);
    const stopListening = onceSignalled(shutdownSignals, shutdown);
    signal?.addEventListener('abort', shutdown);
    if (signal?.aborted === true) shutdown();
    try {
      await this.#supervise(this.#ending.signal);
      this.#state = 'STOPPED';
    } catch (error) {
      this.#state = 'FAILED';
      logger.error(`Giving up on the worker: ${failureText(error)}`);
      if (onFatal === 'exit') process.exit(1);
      throw error;
    } finally {
      stopListening();
      signal?.removeEventListener('abort', shutdown);
    }
  }

  /** Shuts down the worker that runs now, as Temporal's own does; one that is being made is ended when it has been made. May come at any time. */
  shutdown(): void {
    this.#ending.abort();
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
  }

  async #supervise(ending: AbortSignal): Promise<void> {
    const { clock, random, logger, translate, maxConsecutiveFailures } = this.#options;
    let freshConnection = false;
    const isEnding = (): boolean => ending.aborted;
    for (let attempt = 1; !isEnding(); attempt++) {
      const workers = this.#workers;
      let error: unknown;
      try {
        await this.#attempt({ attempt, freshConnection, signal: ending });
        return;
      } catch (thrown) {
        error = callSafely(() => translate(thrown), thrown);
      }
      const isMade = this.#workers > workers;
      if (isEnding() && (!isMade || isForced(error))) return;
      if (isEnding() || (!isMade && !canMend(error, workers > 0))) throw error;
      const failures = ++this.#failures;
      if (failures >= maxConsecutiveFailures) throw workersFailed(failures, error);
      freshConnection = !isMade || failures > 1;
      const waitOf = { attempt: failures, leaseRemainingMs: 0, ...retryHints(error) };
      const waitMs = backoffDelay(waitOf, backoff, random);
      const what = isMade ? 'The worker failed; a new one' : 'No worker could be made; another attempt';
      const meta = { attempt, failures, waitMs, freshConnection };
      logger.warn(`${what} follows: ${failureText(error)}`, meta);
      this.#state = 'WAITING';
      this.#emitter.emit('workerFailed', { error, failures, retryInMs: waitMs });
      await sleep(clock, waitMs, ending).catch(() => undefined);
    }
  }

  async #attempt(attempt: WorkerAttempt): Promise<void> {
    const { create, clock, logger, healthyAfterMs } = this.#options;
    this.#state = 'STARTING';
    const created = await create(attempt);
    const { worker } = created;
    setSupervisor(worker, this);
    if (attempt.signal.aborted) return endUnused(worker, clock);
    this.#state = worker;
    this.#workers++;
    if (attempt.attempt > 1) logger.info('A new worker runs', { attempt: attempt.attempt });
    let wellSinceMs = Infinity;
    const checkHealth = (): void => {
      // It may have begun after shutdown(): plugins of the user may do something first.
      if (attempt.signal.aborted) this.shutdown();
      const nowMs = clock.monotonicNow();
      const isRunning = worker.getState() === 'RUNNING';
      const isGood = isRunning && callSafely(() => created.isWell?.() ?? true, false);
      wellSinceMs = isGood ? Math.min(wellSinceMs, nowMs) : Infinity;
      if (nowMs - wellSinceMs < healthyAfterMs || this.#failures === 0) return;
      logger.info('The new worker is healthy', { failures: this.#failures });
      this.#failures = 0;
    };
    const running = runToEnd(worker, clock, () => worker.run(), checkHealth);
    this.#emitter.emit('workerStarted', { attempt: attempt.attempt });
    return running;
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

/** From now on the health of the worker is what its supervisor says, also where another one made it. */
export function setSupervisor(worker: object, supervisor: Supervisor): void {
  if (supervisors.has(worker))
    throw new TypeError('create() gave a worker that has run before: it must make a new one');
  supervisors.set(worker, supervisor);
}

/** The workers whose health is reported: those that have not ended in order, and one that has failed until another takes its task queue. */
export class WorkerRegistry {
  readonly #watched = new Map<Watched, string>();

  watch(one: Watched, taskQueue: string): void {
    for (const [other, queue] of this.#watched) {
      const state = other.getState();
      if (state === 'STOPPED' || (state === 'FAILED' && queue === taskQueue)) this.#watched.delete(other);
    }
    this.#watched.set(one, taskQueue);
  }

  get unsupervised(): readonly RunnableWorker[] {
    const all = [...this.#watched.keys()];
    return all.flatMap((one) => ('restarts' in one || supervisors.has(one) ? [] : [one]));
  }

  health(): readonly WorkerHealth[] {
    const reported = new Map<Watched, string>();
    for (const [one, taskQueue] of this.#watched) {
      if (one.getState() === 'STOPPED') this.#watched.delete(one);
      else reported.set(supervisors.get(one) ?? one, taskQueue);
    }
    return Array.from(reported, ([one, taskQueue]) => {
      const { worker, restarts = 0 }: Partial<Supervisor> = 'restarts' in one ? one : {};
      // What has failed is seen by its supervisor within seconds: it is replaced, or given up.
      const state = worker?.getState() === 'FAILED' ? 'WAITING' : one.getState();
      return { taskQueue, state, restarts };
    });
  }
}

function resolved<W extends RunnableWorker>(options: SuperviseOptions<W>) {
  checkOptions<SuperviseOptions<W>>('superviseWorker', options, {
    ...{ create: true, signal: true, shutdownSignals: true, logger: true, translate: true },
    ...{ maxConsecutiveFailures: true, healthyAfterMs: true, onFatal: true, clock: true, random: true },
  });
  return {
    ...options,
    ...resolveSettings(options),
    shutdownSignals: options.shutdownSignals ?? temporalSignals,
    logger: harmless(options.logger ?? defaultLogger()),
    translate: options.translate ?? shownFailure,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
