import { elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { CommonSettings } from '../../settings/auth-settings.ts';
import type { ActivityResultEvent, WorkerEventSink } from '../worker-events.ts';
import type { CallEnd } from './repeated-call.ts';

/** Where results that Temporal does not accept at once are reported. */
export interface ResultLogOptions extends Pick<CommonSettings, 'clock' | 'logger'> {
  readonly events: WorkerEventSink;
  /** Whose results they are. */
  readonly worker: { readonly namespace: string; readonly taskQueue: string };
}

/** The log and the events of results that Temporal does not accept at once: an event for each, a line for the first and the last of them. */
export class ResultLog {
  readonly #options: ResultLogOptions;
  #pending = 0;
  #resent = 0;
  #since: Instant | undefined;

  constructor(options: ResultLogOptions) {
    this.#options = options;
  }

  /** The first attempt of a result failed; others follow. */
  pending(of: ActivityResultEvent, reason: string): void {
    const { clock, logger, events, worker } = this.#options;
    if (this.#pending++ === 0) {
      this.#since = readInstant(clock);
      const text = 'Temporal has not accepted an activity result; results are sent again until it does';
      logger.warn(`${text}: ${reason}`, { ...worker, ...of });
    }
    events.emit('resultPending', { ...of, reason });
  }

  /** A result that was pending is so no longer. */
  ended(end: CallEnd, of: ActivityResultEvent, reason: string): void {
    const { logger, events, worker } = this.#options;
    if (end === 'accepted') {
      this.#resent++;
      events.emit('resultResent', of);
    } else if (end === 'abandoned') {
      logger.error(`An activity result is abandoned; the activity may run again: ${reason}`, {
        ...worker,
        ...of,
      });
      events.emit('resultAbandoned', { ...of, reason });
    }
    if (--this.#pending === 0) this.#logEnd();
  }

  #logEnd(): void {
    const { clock, logger, worker } = this.#options;
    const [since, resent] = [this.#since, this.#resent];
    this.#resent = 0;
    if (since === undefined || resent === 0) return;
    const seconds = (elapsedMs(clock, since) / 1_000).toFixed(1);
    logger.info(`Temporal accepts activity results again, after ${seconds} s`, { ...worker, resent });
  }
}
