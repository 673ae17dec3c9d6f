import type { Logger } from '../temporal.ts';
import type { ConditionCode } from '../conditions/codes.ts';
import type { Conditions } from '../conditions/conditions.ts';
import type { ActivityResultEvent, ResultLimit, WorkerEventSink } from '../conditions/worker-events.ts';

/**
 * How the sending of a result ends. `delivered`: Temporal has it. `gone`: Temporal has no such task any more. `final`: Temporal will never take it, and
 * Core reports it. All else is why it is abandoned.
 */
export type Ending = 'delivered' | 'gone' | 'final' | ResultLimit;

const reasons: Partial<Record<Ending, string>> = {
  shutdown: 'its worker was shut down',
  closed: 'its connection was closed',
  neverAccepted: 'Temporal never accepts it',
};

/** Whose result it is, and what the log says beside that. */
export interface SentResult {
  readonly of: ActivityResultEvent;
  readonly taskQueue: string;
}

interface DeliveryLogOptions {
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly events: WorkerEventSink;
}

/** Reports the results of a namespace that were not accepted at once: each has its events, and each that is lost a line. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #namespace: string;
  readonly #code: ConditionCode;
  #pending = 0;
  /** Whether one was abandoned since none was pending. */
  #isLost = false;

  constructor(options: DeliveryLogOptions, namespace: string, code: ConditionCode = 'RESULTS_PENDING') {
    this.#options = options;
    this.#namespace = namespace;
    this.#code = code;
  }

  pending(result: SentResult, reason: string): void {
    const { conditions, events } = this.#options;
    this.#pending++;
    conditions.raise(this.#code, { scope: { namespace: this.#namespace }, cause: reason });
    events.emit('resultPending', { ...result.of, reason });
  }

  /** @param isPending whether it was logged before */
  ended(ending: Ending, result: SentResult, reason: string, isPending: boolean): void {
    const { conditions, events, logger } = this.#options;
    const { of: event, taskQueue } = result;
    const meta = { namespace: this.#namespace, taskQueue, ...event };
    if (ending === 'delivered') events.emit('resultDelivered', event);
    else if (ending === 'gone') {
      // Else the end of what is raised has the number.
      if (conditions.isQuiet) logger.warn(`Temporal no longer wants an activity result: ${reason}`, meta);
      events.emit('resultGone', { ...event, reason });
    } else if (ending !== 'final') {
      const known = reasons[ending];
      const why = known ?? `its ${ending} was shorter than the outage`;
      // Of many time-outs the lines of what is raised have the number.
      if (!this.#isLost || known !== undefined)
        logger.error(
          `An activity result is abandoned, as ${why}; the activity may run again: ${reason}`,
          meta,
        );
      this.#isLost = isPending;
      events.emit('resultAbandoned', { ...event, reason, because: ending });
    }
    if (!isPending) return;
    if (ending !== 'final')
      conditions.count(ending === 'delivered' || ending === 'gone' ? ending : 'abandoned');
    if (--this.#pending > 0) return;
    this.#isLost = false;
    conditions.clear(this.#code, { namespace: this.#namespace });
  }
}
