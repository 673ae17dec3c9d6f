import { type Clock, sleep } from '@worker-auth/internal';
import type { ActivityContext } from './activity-result.ts';

/** What share of its time-out is between two heartbeats. */
const share = 1 / 2;

/** How soon the first one comes, and one after another that Temporal did not take, in milliseconds at most. */
const soonMs = 1_000;

/** The heartbeats of one activity: its own, and those that keep it alive while its result is reported. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #last: readonly unknown[] = [];

  /** Listens to the heartbeats of an activity that is about to begin. */
  constructor(context: ActivityContext, clock: Clock) {
    this.#clock = clock;
    this.#timeoutMs = context.info.heartbeatTimeoutMs ?? 0;
    const { heartbeat } = context;
    const listening = (details?: unknown): void => {
      this.#last = [details];
      heartbeat(details);
    };
    Object.assign(context, { heartbeat: listening });
  }

  /** The details of the last one, if there was one. */
  get last(): readonly unknown[] {
    return this.#last;
  }

  /**
   * Goes on with heartbeats, with the details of the activity's last one: without them the server would run an activity again whose result is
   * still being reported. Does nothing for one without a heartbeat time-out.
   *
   * @param send rejects when Temporal did not take it
   * @returns ends it
   */
  goOn(send: (details: unknown) => Promise<void>): () => void {
    if (this.#timeoutMs === 0) return () => undefined;
    const over = new AbortController();
    void this.#beat(send, over.signal);
    return () => {
      over.abort();
    };
  }

  async #beat(send: (details: unknown) => Promise<void>, signal: AbortSignal): Promise<void> {
    const everyMs = this.#timeoutMs * share;
    let waitMs = Math.min(everyMs * share, soonMs);
    const hasSlept = (ms: number): Promise<boolean> => settlesWell(sleep(this.#clock, ms, signal));
    while (await hasSlept(waitMs)) {
      const isTaken = await settlesWell(send(this.#last[0]));
      waitMs = isTaken ? everyMs : Math.min(everyMs * share, soonMs);
    }
  }
}

function settlesWell(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
