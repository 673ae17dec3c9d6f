/** How many records of a kind are kept: of seconds, those of the last ten minutes. */
const maxRecords = 600;

/** What every record has. All times are milliseconds since the beginning of the timeline. */
interface TimelineRecord {
  /** Its place in its list: a record that comes again with the same id takes the place of the one before. */
  readonly id: number;
}

/** A token's life. */
export interface TokenRecord extends TimelineRecord {
  readonly startMs: number;
  /** When the next token is asked for. */
  readonly refreshMs: number;
  readonly endMs: number;
  /** When Temporal accepted it first; `undefined` until then. */
  readonly acceptedMs: number | undefined;
}

/** How something was for a while. */
export interface SpanRecord extends TimelineRecord {
  /** `rejected`: Temporal says no to the token; `unreachable`: it does not answer. */
  readonly kind: 'rejected' | 'unreachable';
  readonly startMs: number;
  /** `undefined` while it lasts. */
  readonly endMs: number | undefined;
}

/** Something that was broken on purpose, and the recovery from it. */
export interface OutageRecord extends TimelineRecord {
  readonly title: string;
  readonly startMs: number;
  /** When the cause had ended; `undefined` while it lasts. */
  readonly endMs: number | undefined;
  /** When the worker was back; `undefined` until then. */
  readonly backMs: number | undefined;
}

/** What happened within a second. Its id is the number of whole seconds before it. */
export interface SecondRecord extends TimelineRecord {
  /** Calls of the worker that ask for tasks, */
  readonly polls: number;
  /** its other calls that passed, */
  readonly calls: number;
  /** those that were throttled, */
  readonly throttled: number;
  /** and those that were rejected. */
  readonly rejected: number;
  /** Calls of the demonstration's client, which starts and follows workflows, that passed, */
  readonly clientCalls: number;
  /** and those that were rejected or throttled. */
  readonly clientRejected: number;
  /** Calls of either that the first frontend rejected, */
  readonly rejectedBy1: number;
  /** and the second. */
  readonly rejectedBy2: number;
  /** Workflows that were complete. */
  readonly completed: number;
  /** Calls of the plain worker that passed, */
  readonly plainCalls: number;
  /** those that were rejected or throttled, */
  readonly plainRejected: number;
  /** and its workflows that were complete. */
  readonly plainCompleted: number;
}

/** A line for a person. */
export interface NoteRecord extends TimelineRecord {
  readonly atMs: number;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** The records of a timeline that are kept. */
export interface TimelineRecords {
  readonly nowMs: number;
  readonly tokens: readonly TokenRecord[];
  readonly spans: readonly SpanRecord[];
  readonly outages: readonly OutageRecord[];
  readonly seconds: readonly SecondRecord[];
  readonly notes: readonly NoteRecord[];
}

/** What an outage becomes as it goes on. */
export interface OpenOutage {
  /** The cause has ended. */
  ended(): void;
  /** The worker is back; @returns seconds since the cause had ended */
  back(): number;
}

/** The numbers of a {@link SecondRecord}. */
export type Count = Exclude<keyof SecondRecord, 'id'>;

const noCounts: Readonly<Record<Count, number>> = {
  ...{ polls: 0, calls: 0, throttled: 0, rejected: 0, clientCalls: 0, clientRejected: 0 },
  ...{ rejectedBy1: 0, rejectedBy2: 0, completed: 0, plainCalls: 0, plainRejected: 0, plainCompleted: 0 },
};

/** What happened in a demonstration, as plain data without anything secret, for the page that shows it. */
export class Timeline {
  readonly #nowMs: () => number;
  readonly #beganAtMs: number;
  #lastId = 0;
  readonly #tokens = new Records<TokenRecord>();
  readonly #spans = new Records<SpanRecord>();
  readonly #outages = new Records<OutageRecord>();
  readonly #seconds = new Records<SecondRecord>();
  readonly #notes = new Records<NoteRecord>();
  /** Tokens that Temporal has not accepted, by their fingerprints. */
  readonly #newTokens = new Map<string, number>();

  /** @param nowMs a clock that is never set back */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#beganAtMs = nowMs();
  }

  get nowMs(): number {
    return Math.round(this.#nowMs() - this.#beganAtMs);
  }

  /** The oldest first. */
  get tokens(): readonly TokenRecord[] {
    return this.#tokens.all;
  }

  get outages(): readonly OutageRecord[] {
    return this.#outages.all;
  }

  get records(): TimelineRecords {
    return {
      ...{ nowMs: this.nowMs, tokens: this.tokens, outages: this.outages },
      ...{ spans: this.#spans.all, seconds: this.#seconds.all, notes: this.#notes.all },
    };
  }

  /**
   * A token came.
   *
   * @param fingerprint by which Temporal accepts it; `undefined` when nobody sees that: it counts as accepted
   */
  token(
    id: number,
    life: { readonly lifetimeMs: number; readonly refreshInMs: number },
    fingerprint?: string,
  ): void {
    const startMs = this.nowMs;
    const times = { startMs, refreshMs: startMs + life.refreshInMs, endMs: startMs + life.lifetimeMs };
    if (fingerprint !== undefined) this.#newTokens.set(fingerprint, id);
    this.#tokens.put({ id, ...times, acceptedMs: fingerprint === undefined ? startMs : undefined });
  }

  /** Temporal accepted a token. */
  accepted(fingerprint: string): void {
    const token = this.#tokens.get(this.#newTokens.get(fingerprint) ?? 0);
    if (!this.#newTokens.delete(fingerprint) || token === undefined) return;
    this.#tokens.put({ ...token, acceptedMs: this.nowMs });
  }

  /** It is so from now on; does nothing when it is so already. */
  begin(kind: SpanRecord['kind']): void {
    if (this.#open(kind) !== undefined) return;
    this.#spans.put({ id: ++this.#lastId, kind, startMs: this.nowMs, endMs: undefined });
  }

  /** It is no longer so; does nothing when it is not so. */
  end(kind: SpanRecord['kind']): void {
    const open = this.#open(kind);
    if (open !== undefined) this.#spans.put({ ...open, endMs: this.nowMs });
  }

  /** Something is broken from now on. */
  outage(title: string): OpenOutage {
    let record: OutageRecord = {
      ...{ id: ++this.#lastId, title, startMs: this.nowMs, endMs: undefined, backMs: undefined },
    };
    const put = (next: OutageRecord): void => {
      record = next;
      this.#outages.put(record);
    };
    put(record);
    return {
      ended: () => {
        put({ ...record, endMs: this.nowMs });
      },
      back: () => {
        put({ ...record, backMs: this.nowMs });
        return (this.nowMs - (record.endMs ?? record.startMs)) / 1_000;
      },
    };
  }

  /** One more of this second. */
  count(what: Count): void {
    const id = Math.floor(this.nowMs / 1_000);
    const second = this.#seconds.get(id) ?? { id, ...noCounts };
    this.#seconds.put({ ...second, [what]: second[what] + 1 });
  }

  note(tone: NoteRecord['tone'], text: string): void {
    this.#notes.put({ id: ++this.#lastId, atMs: this.nowMs, tone, text });
  }

  #open(kind: SpanRecord['kind']): SpanRecord | undefined {
    return this.#spans.all.find((span) => span.kind === kind && span.endMs === undefined);
  }
}

/** The newest records of a kind, in the order in which they came. */
class Records<R extends TimelineRecord> {
  readonly #held = new Map<number, R>();

  get all(): readonly R[] {
    return [...this.#held.values()];
  }

  get(id: number): R | undefined {
    return this.#held.get(id);
  }

  put(record: R): void {
    this.#held.set(record.id, record);
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxRecords && oldest !== undefined) this.#held.delete(oldest);
  }
}
