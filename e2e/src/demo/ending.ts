/** How long an end takes at most, in ms. Children that ignore SIGTERM, and a busy machine, have three seconds more. */
const endWithinMs = 12_000;

/** Signals within this time are one, in ms: a terminal signals every process of a program, and each passes it on. */
const oneSignalMs = 1_000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The end of the demonstration. It begins with the first signal, or by itself. What has not ended in time, or by a second signal, is killed: that is the
 * last resort, with exit code 1.
 */
export class Ending {
  readonly #begun = new AbortController();
  readonly #exit: (code: number) => void;
  readonly #lastSteps: (() => void)[] = [];
  #signalledAtMs: number | undefined;

  /** @param exit ends the process */
  constructor(exit: (code: number) => void = (code) => process.exit(code)) {
    this.#exit = exit;
    for (const signal of signals) {
      process.on(signal, () => {
        this.#signalled(signal);
      });
    }
  }

  /** Aborted when the end begins. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** The end begins. Does nothing when it has begun. */
  begin(): void {
    if (this.signal.aborted) return;
    setTimeout(() => {
      this.#lastResort(`It has not ended within ${endWithinMs / 1_000} s`);
    }, endWithinMs);
    this.#begun.abort();
  }

  /** A step of the last resort, before those that were given earlier. */
  atLast(step: () => void): void {
    this.#lastSteps.unshift(step);
  }

  #signalled(signal: NodeJS.Signals): void {
    const nowMs = performance.now();
    this.#signalledAtMs ??= nowMs;
    if (nowMs - this.#signalledAtMs > oneSignalMs) this.#lastResort(`A second signal, ${signal}`);
    else this.begin();
  }

  #lastResort(why: string): void {
    console.error(`npm start: ${why}: it is killed`);
    for (const step of this.#lastSteps) {
      try {
        step();
      } catch (error) {
        console.error(error);
      }
    }
    this.#exit(1);
  }
}
