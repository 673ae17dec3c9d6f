import type { Logger } from '@temporalio/common';
import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import type { ActivityResultEvent, ResultLimit, WorkerEventSink } from '../worker/worker-events.ts';

/**
 * How the sending of a result ends. `delivered`: Temporal has it. `gone`: Temporal has no such task any more. `final`: Temporal will never take it, and
 * Core reports it. All else is why it is abandoned.
 */
export type Ending = 'delivered' | 'gone' | 'final' | ResultLimit;

const reasons: Readonly<Partial<Record<Ending, string>>> = {
  shutdown: 'its worker was shut down',
  closed: 'its connection was closed',
};

/** Whose result it is, and what the log says beside that. */
export interface SentResult {
  readonly of: ActivityResultEvent;
  readonly taskQueue: string;
}

interface DeliveryLogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: WorkerEventSink;
}

/** Logs the results of a namespace that were not accepted at once: each has its events, and so has each that is lost a line; the first and the last have one. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #namespace: string;
  #pending = 0;
  #ended = { delivered: 0, gone: 0, abandoned: 0 };
  #since: Instant;

  constructor(options: DeliveryLogOptions, namespace: string) {
    this.#options = options;
    this.#namespace = namespace;
    this.#since = readInstant(options.clock);
  }

  pending(result: SentResult, reason: string): void {
    const { clock, logger, events } = this.#options;
    if (this.#pending++ === 0) {
      this.#since = readInstant(clock);
      const text = 'Temporal has not accepted an activity result; results are sent again until it does';
      logger.warn(`${text}: ${reason}`, this.#meta(result));
    }
    events.emit('resultPending', { ...result.of, reason });
  }

  /** @param isPending whether it was logged before */
  ended(ending: Ending, result: SentResult, reason: string, isPending: boolean): void {
    const { events, logger } = this.#options;
    const { of } = result;
    if (ending === 'delivered') events.emit('resultDelivered', of);
    else if (ending === 'gone') {
      logger.warn(`Temporal no longer wants an activity result: ${reason}`, this.#meta(result));
      events.emit('resultGone', { ...of, reason });
    } else if (ending !== 'final') {
      const why = reasons[ending] ?? `its ${ending} was shorter than the outage`;
      logger.error(
        `An activity result is abandoned, as ${why}; the activity may run again: ${reason}`,
        this.#meta(result),
      );
      events.emit('resultAbandoned', { ...of, reason, because: ending });
    }
    if (!isPending) return;
    if (ending === 'delivered' || ending === 'gone') this.#ended[ending]++;
    else if (ending !== 'final') this.#ended.abandoned++;
    if (--this.#pending === 0) this.#allEnded();
  }

  #allEnded(): void {
    const { clock, logger } = this.#options;
    const ended = this.#ended;
    this.#ended = { delivered: 0, gone: 0, abandoned: 0 };
    if (ended.delivered + ended.gone === 0) return;
    const seconds = (elapsedMs(clock, this.#since) / 1_000).toFixed(1);
    logger.info(`Temporal accepts activity results again, after ${seconds} s`, {
      namespace: this.#namespace,
      ...ended,
    });
  }

  #meta({ of, taskQueue }: SentResult) {
    return { namespace: this.#namespace, taskQueue, ...of };
  }
}
