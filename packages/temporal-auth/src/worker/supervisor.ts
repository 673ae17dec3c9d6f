import type { Worker } from '@temporalio/worker';
import { callSafely, checkList, checkOptions, sleep, systemClock } from '@worker-auth/internal';
import { backoffDelay, Emitter, retryHints } from '@worker-auth/refresh-scheduler';
import type { ConditionScope } from '@worker-auth/calls/conditions/codes';
import type { SupervisionEvents } from '@worker-auth/calls/conditions/worker-events';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { alreadyRunning } from '@worker-auth/calls/errors/own-errors';
import { canMend, failureText, shownFailure, workersFailed } from './worker-failure.ts';
import { harmless } from '@worker-auth/calls/settings/loggers';
import {
  onceSignalled,
  resolveSettings,
  type SuperviseOptions,
  type WorkerAttempt,
} from './supervisor-options.ts';
import type { SupervisedState } from '@worker-auth/calls/conditions/worker-health';
import { setSupervisor } from './worker-registry.ts';
import { endUnused, isForced, type RunnableWorker, runToEnd } from './worker-run.ts';

/** Of the waits between workers: as late as the longest may a worker be, after what it waits for has arrived. */
const backoff = { initialMs: 1_000, maxWithoutLeaseMs: 10_000 };

const temporalSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'];

/** A worker that is replaced by a new one when it fails. */
export class SupervisedWorker<W extends RunnableWorker = Worker> {
  readonly #options: ReturnType<typeof resolved<W>>;
  /** Where it says that a worker has failed. */
  readonly #conditions: Conditions;
  readonly #scope: ConditionScope | undefined;
  readonly #ending = new AbortController();
  /** The worker that runs, or what there is while none does. */
  #state: W | SupervisedState = 'INITIALIZED';
  readonly #emitter = new Emitter<SupervisionEvents>({ workerStarted: true, workerFailed: true });
  #workers = 0;
  /** In a row, since a worker was healthy. */
  #failures = 0;

  /**
   * @param scope in these conditions; without them it has its own
   * @throws TypeError or RangeError for an option that makes no sense
   */
  constructor(options: SuperviseOptions<W>, conditions?: Conditions, scope?: ConditionScope) {
    this.#options = resolved(options);
    this.#conditions = conditions ?? new Conditions(this.#options.clock, this.#options.logger);
    this.#scope = scope;
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
    this.#conditions.forget(this.#scope ?? {});
    const { signal, shutdownSignals, onFatal } = this.#options;
    const shutdown = this.shutdown.bind(this);
    const stopListening = onceSignalled(shutdownSignals, shutdown);
    signal?.addEventListener('abort', shutdown);
    if (signal?.aborted === true) shutdown();
    try {
      await this.#supervise(this.#ending.signal);
      this.#state = 'STOPPED';
      this.#conditions.forget(this.#scope ?? {});
    } catch (error) {
      this.#state = 'FAILED';
      const scope = this.#scope ?? {};
      this.#conditions.forget(scope);
      this.#conditions.raise('WORKER_GIVEN_UP', { scope, cause: failureText(error) });
      if (onFatal === 'exit') process.exit(1);
      throw error;
    } finally {
      stopListening();
      signal?.removeEventListener('abort', shutdown);
      if (this.#scope === undefined) this.#conditions.stop();
    }
  }

  /** Shuts down the worker that runs now, as Temporal's own does; one that is being made is ended when it has been made. May come at any time. */
  shutdown(): void {
    this.#ending.abort();
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
  }

  async #supervise(ending: AbortSignal): Promise<void> {
    const { clock, random, translate, maxConsecutiveFailures } = this.#options;
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
      const text = failureText(error);
      this.#report(isMade ? text : `no other could be made: ${text}`, waitMs);
      this.#state = 'WAITING';
      this.#emitter.emit('workerFailed', { error, failures, retryInMs: waitMs });
      await sleep(clock, waitMs, ending).catch(() => undefined);
    }
  }

  #report(cause: string, retryInMs?: number): void {
    this.#conditions.raise('WORKER_FAILED', { scope: this.#scope ?? {}, cause, retryInMs });
  }

  async #attempt(attempt: WorkerAttempt): Promise<void> {
    const { create, clock, healthyAfterMs } = this.#options;
    this.#state = 'STARTING';
    const created = await create(attempt);
    const { worker } = created;
    setSupervisor(worker, this);
    if (attempt.signal.aborted) return endUnused(worker, clock);
    this.#state = worker;
    this.#workers++;
    let wellSinceMs = Infinity;
    const checkHealth = (): void => {
      // It may have begun after shutdown(): plugins of the user may do something first.
      if (attempt.signal.aborted) this.shutdown();
      const nowMs = clock.monotonicNow();
      const isRunning = worker.getState() === 'RUNNING';
      const isGood = isRunning && callSafely(() => created.isWell?.() ?? true, false);
      wellSinceMs = isGood ? Math.min(wellSinceMs, nowMs) : Infinity;
      if (nowMs - wellSinceMs < healthyAfterMs || this.#failures === 0) return;
      this.#failures = 0;
      this.#conditions.clear('WORKER_FAILED', this.#scope);
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

function resolved<W extends RunnableWorker>(options: SuperviseOptions<W>) {
  checkOptions<SuperviseOptions<W>>('superviseWorker', options, {
    create: true,
    signal: true,
    shutdownSignals: checkList,
    logger: true,
    translate: true,
    maxConsecutiveFailures: true,
    healthyAfterMs: true,
    onFatal: true,
    clock: true,
    random: true,
  });
  return {
    ...options,
    ...resolveSettings(options),
    shutdownSignals: options.shutdownSignals ?? temporalSignals,
    logger: harmless(options.logger),
    translate: options.translate ?? shownFailure,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
