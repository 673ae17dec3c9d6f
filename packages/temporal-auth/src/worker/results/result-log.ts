import type { Worker } from '@temporalio/worker';
import { elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { CommonSettings } from '../../settings/auth-settings.ts';
import type { ActivityResultEvent, WorkerEventSink } from '../worker-events.ts';
import type { CallEnd } from './repeated-call.ts';

export interface ResultLogOptions extends Pick<CommonSettings, 'clock' | 'logger'> {
  readonly events: WorkerEventSink;
}

/** The log and the events of results that Temporal does not accept at once: an event for each, a line for the first and the last of them. */
export class ResultLog {
  readonly #worker: { readonly namespace: string; readonly taskQueue: string };
  readonly #options: ResultLogOptions;
  #pending = 0;
  #resent = 0;
  #since: Instant;

  constructor(
    { namespace, taskQueue }: Pick<Worker['options'], 'namespace' | 'taskQueue'>,
    options: ResultLogOptions,
  ) {
    this.#worker = { namespace, taskQueue };
    this.#options = options;
    this.#since = readInstant(options.clock);
  }

  /** The first attempt of a result failed; others follow. */
  pending(of: ActivityResultEvent, reason: string): void {
    const { clock, logger, events } = this.#options;
    if (this.#pending++ === 0) {
      this.#since = readInstant(clock);
      const text = 'Temporal has not accepted an activity result; results are sent again until it does';
      logger.warn(`${text}: ${reason}`, { ...this.#worker, ...of });
    }
    events.emit('resultPending', { ...of, reason });
  }

  /** A result that was pending is so no longer. */
  ended(end: CallEnd, of: ActivityResultEvent, reason: string): void {
    const { clock, logger, events } = this.#options;
    if (end === 'accepted') {
      this.#resent++;
      events.emit('resultResent', of);
    } else if (end === 'abandoned') {
      const text = 'An activity result is abandoned; the activity may run again';
      logger.error(`${text}: ${reason}`, { ...this.#worker, ...of });
      events.emit('resultAbandoned', { ...of, reason });
    }
    if (--this.#pending > 0 || this.#resent === 0) return;
    const seconds = (elapsedMs(clock, this.#since) / 1_000).toFixed(1);
    logger.info(`Temporal accepts activity results again, after ${seconds} s`, {
      ...this.#worker,
      resent: this.#resent,
    });
    this.#resent = 0;
  }
}
