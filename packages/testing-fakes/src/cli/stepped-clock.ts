import type { Timer } from '@worker-auth/ports';
import { hostClock } from '../server/host-clock.ts';

/** The time of the host, and of what was added to it. */
export class SteppedClock {
  #stepMs = 0;

  wallNow(): number {
    return hostClock.wallNow() + this.#stepMs;
  }

  startTimer(callback: () => void, delayMs: number): Timer {
    return hostClock.startTimer(callback, delayMs);
  }

  step(ms: number): void {
    this.#stepMs += ms;
  }
}
