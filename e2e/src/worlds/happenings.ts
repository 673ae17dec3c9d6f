import { setTimeout as sleep } from 'node:timers/promises';
import type { Mend } from '../faults/fault.ts';
import type { TimedFault } from './world.ts';
import type { LaneTraffic } from './world-servers.ts';

/** The faults of a world as they come and go. */
export class Happenings implements AsyncDisposable {
  readonly #traffics: readonly LaneTraffic[];
  readonly #mends = new Map<TimedFault, Mend>();
  readonly #ending = new AbortController();

  constructor(traffics: readonly LaneTraffic[]) {
    this.#traffics = traffics;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  async begin(fault: TimedFault): Promise<void> {
    const mends = await Promise.all(this.#traffics.map((traffic) => traffic.begin(fault)));
    this.#mends.set(fault, () => Promise.all(mends.map((mend) => mend())));
  }

  /** Begins a fault unless it has begun, and ends it after its time. @throws when all has ended */
  async happen(fault: TimedFault): Promise<void> {
    const { fromSeconds, forSeconds } = fault;
    const { signal } = this.#ending;
    if (fromSeconds !== undefined) {
      await sleep(fromSeconds * 1_000, undefined, { signal });
      await this.begin(fault);
    }
    if (forSeconds === undefined) return;
    await sleep(forSeconds * 1_000, undefined, { signal });
    await this.#mend(fault);
  }

  /** Ends a fault that is at the start alone. */
  async startEnds(fault: TimedFault): Promise<void> {
    if (fault.atStartSeconds === undefined) return;
    await sleep(fault.atStartSeconds * 1_000, undefined, { signal: this.#ending.signal });
    await this.#mend(fault);
  }

  end(): void {
    this.#ending.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    for (const fault of [...this.#mends.keys()]) await this.#mend(fault);
  }

  async #mend(fault: TimedFault): Promise<void> {
    const mend = this.#mends.get(fault);
    this.#mends.delete(fault);
    await mend?.();
  }
}
