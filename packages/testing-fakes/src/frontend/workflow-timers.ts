import type { temporal } from '@temporalio/proto';
import type { ActivityOwner } from './activities.ts';
import { durationMs, type Plain } from './messages.ts';

type StartTimer = Plain<temporal.api.command.v1.IStartTimerCommandAttributes>;
type CancelTimer = Plain<temporal.api.command.v1.ICancelTimerCommandAttributes>;

/** The timers of one run, of `sleep()` and the like. */
export class WorkflowTimers {
  readonly #owner: Pick<ActivityOwner, 'history' | 'timers' | 'happen'>;
  /** Those that have neither fired nor been canceled: the event that started each, by timer id. */
  readonly #open = new Map<string, number>();

  constructor(owner: Pick<ActivityOwner, 'history' | 'timers' | 'happen'>) {
    this.#owner = owner;
  }

  start({ timerId, startToFireTimeout }: StartTimer, workflowTaskCompletedEventId: number): void {
    const id = timerId ?? '';
    const { history, timers } = this.#owner;
    const started = { timerId, startToFireTimeout, workflowTaskCompletedEventId };
    this.#open.set(id, history.add('timerStarted', started));
    timers.start(`timer ${id}`, durationMs(startToFireTimeout), () => {
      this.#owner.happen(() => {
        // The workflow may have canceled it meanwhile.
        const startedEventId = this.#open.get(id);
        if (startedEventId !== undefined) history.add('timerFired', { timerId, startedEventId });
        this.#open.delete(id);
      });
    });
  }

  cancel({ timerId }: CancelTimer, workflowTaskCompletedEventId: number): void {
    const id = timerId ?? '';
    this.#owner.timers.cancel(`timer ${id}`);
    const startedEventId = this.#open.get(id);
    this.#open.delete(id);
    this.#owner.history.add('timerCanceled', { timerId, startedEventId, workflowTaskCompletedEventId });
  }
}
