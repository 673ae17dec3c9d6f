import { type Clock, sleep } from '@worker-auth/internal';
import type { ActivityContext } from './activity-result.ts';

/** What share of its time-out is between two heartbeats. */
const share = 1 / 2;

/** How soon the first one comes, and one after another that Temporal did not take, in milliseconds at most. */
const soonMs = 1_000;

/** The heartbeats of one activity: its own, and those that keep it alive while its result is reported. */
export class Heartbeats {
  /** The details of the last one, if there was one. */
  last: readonly unknown[] = [];
  readonly #clock: Clock;
  readonly #everyMs: number;

  /** Listens to the heartbeats of an activity that is about to begin. */
  constructor(context: ActivityContext, clock: Clock) {
    this.#clock = clock;
    this.#everyMs = (context.info.heartbeatTimeoutMs ?? 0) * share;
    const { heartbeat } = context;
    const listening = (details?: unknown): void => {
      this.last = [details];
      heartbeat(details);
    };
    Object.assign(context, { heartbeat: listening });
  }

  /** Goes on with heartbeats, if there is a time-out: without them the server would run an activity again whose result is still being reported. */
  async goOn(send: (details: unknown) => Promise<void>, signal: AbortSignal): Promise<void> {
    if (this.#everyMs === 0) return;
    const soon = Math.min(this.#everyMs * share, soonMs);
    let waitMs = soon;
    while (await settlesWell(sleep(this.#clock, waitMs, signal)))
      waitMs = (await settlesWell(send(this.last[0]))) ? this.#everyMs : soon;
  }
}

function settlesWell(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
