import type { AsyncCompletionClient } from '@temporalio/client';
import { CompleteAsyncError, type Logger } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { abortable } from '@worker-auth/inlined';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { memorySize } from './memory-size.ts';
import { type ActivityContext, type Outcome, outcomeOf, tellOutcome } from './outcome.ts';
import type { OutcomeEvent, WorkerEventSink } from './worker-events.ts';

const unheld = 'The outcome of an activity is held no longer, and the activity may run again';

/** What is known of the token that a worker's calls carry. */
export interface TokenWatch {
  /** Whether the token is known to be bad. */
  readonly isBad: boolean;
  /** Resolves when it is good; rejects with the signal's reason. */
  whenGood(signal: AbortSignal): Promise<void>;
}

/** What {@link holdActivities} needs. */
export interface HoldOptions {
  readonly watch: TokenWatch;
  readonly ledger: Pick<Ledger, 'room' | 'keep'>;
  /** Tells an outcome that the worker could not; with the worker's data converter. */
  readonly client: () => AsyncCompletionClient;
  /** How long the worker's data converter may take over an outcome, in milliseconds. */
  readonly settleMs: number;
  /** Whether the worker does not tell its outcomes (any more), so that they are told from here. */
  readonly isOurs: () => boolean;
  readonly logger: Logger;
  readonly events: WorkerEventSink;
}

/**
 * Holds the start and the outcome of activities while the token is known to be bad: Temporal's Core drops an outcome that is refused, and
 * the server runs the activity again when its time-out strikes. Polls that were open when the token died go on delivering tasks, so the
 * start is held as well. An outcome that goes its way is kept in the ledger, until it is known that it arrived.
 *
 * A cancellation, and so the end of the worker's `shutdownGraceTime`, ends the hold: an activity that has not begun is cancelled, an
 * outcome goes its way. Local activities pass: their outcome is part of the workflow task.
 *
 * Stands before all other interceptors, so that it sees what they make of an outcome.
 */
export function holdActivities(options: HoldOptions): ActivityInterceptorsFactory {
  const { watch, isOurs } = options;
  return (context) => ({
    inbound: {
      execute: async (input, next) => {
        if (context.info.isLocal) return next(input);
        const run = async (): Promise<unknown> => {
          if (watch.isBad) await watch.whenGood(context.cancellationSignal);
          return next(input);
        };
        const [settled] = await Promise.allSettled([run()]);
        const outcome = outcomeOf(settled, context);
        if (outcome !== undefined) {
          const wasTold = await new HeldOutcome(outcome, context, options).pass(isOurs());
          if (wasTold) throw new CompleteAsyncError();
        }
        if (settled.status === 'rejected') throw settled.reason;
        return settled.value;
      },
    },
  });
}

/** One outcome on its way. */
class HeldOutcome {
  readonly #outcome: Outcome;
  readonly #context: ActivityContext;
  readonly #options: HoldOptions;

  constructor(outcome: Outcome, context: ActivityContext, options: HoldOptions) {
    this.#outcome = outcome;
    this.#context = context;
    this.#options = options;
  }

  /**
   * Resolves when it may go.
   *
   * @param isOurs whether it is told from here, and so has arrived when this resolves
   * @returns whether it was told, so that the worker need not
   */
  async pass(isOurs: boolean): Promise<boolean> {
    const { watch, ledger, events } = this.#options;
    const { cancellationSignal: signal } = this.#context;
    const entry = this.#entry();
    try {
      await ledger.room(entry.bytes, signal);
    } catch {
      this.#letGo('too many outcomes are not confirmed, and the activity was cancelled', entry.of);
      return false;
    }
    if (watch.isBad) events.emit('outcomeHeld', entry.of);
    const isSuspect = isOurs || !(await this.#becomesGood(signal, entry.of));
    const arrived = ledger.keep(entry, { isSuspect });
    return isOurs && (await abortable(arrived, signal).catch(() => false));
  }

  /** Resolves when the token is good, or to false when the outcome must not wait for that any longer. */
  async #becomesGood(signal: AbortSignal, of: OutcomeEvent): Promise<boolean> {
    const { watch } = this.#options;
    if (!watch.isBad) return true;
    try {
      await watch.whenGood(signal);
      return true;
    } catch {
      this.#letGo('Temporal takes no token, and the activity was cancelled', of);
      return false;
    }
  }

  #letGo(reason: string, of: OutcomeEvent): void {
    const { logger, events } = this.#options;
    logger.warn(`${unheld}: ${reason}`, { ...of });
    events.emit('outcomeGivenUp', { ...of, reason });
  }

  #entry(): LedgerEntry {
    const { client, settleMs } = this.#options;
    const { info } = this.#context;
    return {
      deliver: () => tellOutcome(client(), this.#context, this.#outcome),
      bytes: memorySize(this.#outcome),
      settleMs,
      of: {
        activityType: info.activityType,
        activityId: info.activityId,
        workflowId: info.workflowExecution?.workflowId,
      },
    };
  }
}
