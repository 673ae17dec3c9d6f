/** How many tokens and refused calls are remembered. */
const maxRecords = 100;

/** Calls a second are counted over so many milliseconds. */
const rateOverMs = 5_000;

/** A token's life; times as in {@link Recent}. */
export interface TokenLife {
  /** The token's number. */
  readonly id: number;
  readonly startMs: number;
  /** When the next token is asked for, as planned when this one came. */
  readonly refreshMs: number;
  readonly endMs: number;
}

/** What happened of late, for the live view. All times are milliseconds by one clock that is never set back. */
export class Recent {
  readonly #nowMs: () => number;
  readonly #tokens: TokenLife[] = [];
  readonly #refusedMs: number[] = [];
  #callsMs: readonly number[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  /** The oldest first. */
  get tokens(): readonly TokenLife[] {
    return this.#tokens;
  }

  /** When calls were refused. */
  get refusedMs(): readonly number[] {
    return this.#refusedMs;
  }

  /** Calls of any verdict. */
  get callsPerSecond(): number {
    return this.#latestCalls().length / (rateOverMs / 1_000);
  }

  /** A token came. */
  token(id: number, life: { readonly lifetimeMs: number; readonly nextRefreshInMs: number }): void {
    const startMs = this.nowMs;
    push(this.#tokens, {
      id,
      startMs,
      refreshMs: startMs + life.nextRefreshInMs,
      endMs: startMs + life.lifetimeMs,
    });
  }

  /** A call got its verdict. */
  call(verdict: 'passed' | 'refused'): void {
    this.#callsMs = [...this.#latestCalls(), this.nowMs];
    if (verdict === 'refused') push(this.#refusedMs, this.nowMs);
  }

  #latestCalls(): readonly number[] {
    const sinceMs = this.nowMs - rateOverMs;
    return this.#callsMs.filter((atMs) => atMs > sinceMs);
  }
}

function push<T>(records: T[], record: T): void {
  records.push(record);
  if (records.length > maxRecords) records.shift();
}
