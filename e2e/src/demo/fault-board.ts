import { setTimeout as sleep } from 'node:timers/promises';
import { settlesWithin } from '../fixtures/eventually.ts';
import type { Mend } from '../faults/fault.ts';
import type { DemoFault } from './faults.ts';
import type { Timeline } from './timeline.ts';

/** A worker that takes longer is not coming back. */
const backWithinMs = 120_000;

/** A fault as its button shows it. */
export interface FaultState {
  readonly name: string;
  readonly title: string;
  readonly effect: string;
  /**
   * `ready`: it can be pressed. `broken`: the cause lasts. `recovering`: the cause is over, and the worker is not back yet. `never`: what it would
   * break is not ours.
   */
  readonly state: 'ready' | 'broken' | 'recovering' | 'never';
  /** Why it is `never`. */
  readonly reason: string | undefined;
}

/** A fault cannot be pressed. */
export class FaultRejectedError extends Error {
  override readonly name = 'FaultRejectedError';
  /** Whether there is such a fault. */
  readonly isKnown: boolean;

  constructor(message: string, isKnown: boolean) {
    super(message);
    this.isKnown = isKnown;
  }
}

/** A fault that was pressed, and whose worker is not back. */
interface Pressed {
  /** Since when an activity counts as begun after it; `Infinity` while the cause lasts, or no new token is there. */
  goodSinceMs: number;
  isOver: boolean;
  readonly back: PromiseWithResolvers<undefined>;
}

/** The faults of a demonstration: lets them happen, each for its time, and tells when the worker is back. */
export class FaultBoard {
  readonly #faults: readonly DemoFault[];
  readonly #timeline: Timeline;
  readonly #pressed = new Map<string, Pressed>();
  readonly #under = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(faults: readonly DemoFault[], timeline: Timeline) {
    this.#faults = faults;
    this.#timeline = timeline;
  }

  get states(): readonly FaultState[] {
    return this.#faults.map(({ name, title, effect, begin }) => {
      const reason = typeof begin === 'string' ? begin : undefined;
      const pressed = this.#pressed.get(name);
      const underWay = pressed?.isOver === true ? 'recovering' : 'broken';
      const state = pressed !== undefined ? underWay : reason === undefined ? 'ready' : 'never';
      return { name, title, effect, state, reason };
    });
  }

  /**
   * Lets a fault happen, and end after its time.
   *
   * @returns resolves when the worker is back: a workflow is complete whose activity began after the cause was over, with a new token where
   * the fault is about tokens; or when that took too long
   * @throws FaultRejectedError at once, when there is no such fault, when it is not ours to make, when the worker is not back from the last time,
   * and after `close()`
   */
  press(name: string): Promise<void> {
    const fault = this.#faults.find((one) => one.name === name);
    if (fault === undefined)
      throw new FaultRejectedError(`There is no fault named ${JSON.stringify(name)}`, false);
    const { begin, title } = fault;
    if (this.#closing.signal.aborted) throw new FaultRejectedError('The demonstration is over', true);
    if (typeof begin === 'string') throw new FaultRejectedError(`${title}: ${begin}`, true);
    if (this.#pressed.has(name)) throw new FaultRejectedError(`${title}: the worker is not back yet`, true);
    const happening = this.#happen(fault, begin).finally(() => {
      this.#pressed.delete(name);
      this.#under.delete(happening);
    });
    this.#under.add(happening);
    return happening;
  }

  /** A new token is there. */
  tokenCame(): void {
    for (const pressed of this.#pressed.values()) {
      if (pressed.isOver && pressed.goodSinceMs === Infinity) pressed.goodSinceMs = this.#timeline.nowMs;
    }
  }

  /** @param begunAtMs when its activity began, by the timeline */
  workflowCompleted(begunAtMs: number): void {
    for (const { goodSinceMs, back } of this.#pressed.values()) {
      if (begunAtMs >= goodSinceMs) back.resolve(undefined);
    }
  }

  /** Resolves when the worker is back from all that was pressed, or it took too long. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.allSettled(this.#under);
  }

  /** Ends the causes that last, and takes no more. */
  close(): void {
    this.#closing.abort();
  }

  async #happen(
    { name, title, seconds, needsToken }: DemoFault,
    begin: () => Mend | Promise<Mend>,
  ): Promise<void> {
    const back = Promise.withResolvers<undefined>();
    const pressed: Pressed = { goodSinceMs: Infinity, isOver: false, back };
    this.#pressed.set(name, pressed);
    const outage = this.#timeline.outage(title);
    this.#timeline.note('bad', `${title}: pressed`);
    const mend = await begin();
    await sleep(seconds * 1_000, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    await mend();
    outage.ended();
    pressed.isOver = true;
    if (!needsToken) pressed.goodSinceMs = this.#timeline.nowMs;
    if (await settlesWithin(back.promise, backWithinMs)) {
      this.#timeline.note('good', `${title}: the worker is back ${outage.back().toFixed(1)} s after it`);
    } else {
      this.#timeline.note('bad', `${title}: the worker is not back within ${backWithinMs / 1_000} s`);
    }
  }
}
