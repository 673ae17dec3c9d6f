import { anything, callback, either, oneOf, recordOf, text } from '../given/check-given.ts';

/** As Temporal calls them. */
export type RecordedLogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** What is beside a message, by name. */
export type RecordedLogMetadata = Readonly<Record<string | symbol, unknown>>;

/** One line of a log. */
export interface LogEntry {
  readonly level: RecordedLogLevel;
  readonly message: string;
  readonly meta: RecordedLogMetadata | undefined;
}

const levelCheck = oneOf(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies RecordedLogLevel[]);

const patternCheck = either(isPattern, anything, text);
const metadataCheck = either((meta) => meta === undefined, anything, recordOf(anything));

type Write = (message: string, meta?: RecordedLogMetadata) => unknown;

/**
 * A logger that keeps what it is given. Fits the `Logger` of `@temporalio/common`, which `@worker-auth/temporal-auth` takes. To see that
 * no secret was logged, give its `entries` to `assertNoLeak`.
 */
export class RecordingLogger {
  readonly #entries: LogEntry[] = [];
  readonly #onEntry: (entry: LogEntry) => unknown;

  readonly trace = this.#at('TRACE');
  readonly debug = this.#at('DEBUG');
  readonly info = this.#at('INFO');
  readonly warn = this.#at('WARN');
  readonly error = this.#at('ERROR');

  /**
   * Makes a logger without lines.
   *
   * @param onEntry called with each line, inside the call of the logger, which gives or throws what it does. Default nothing
   * @throws TypeError for what is no function
   */
  constructor(onEntry: (entry: LogEntry) => unknown = () => undefined) {
    callback('onEntry', onEntry);
    this.#onEntry = onEntry;
  }

  /** All lines so far, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Throws a TypeError for a level that there is not, and for what is no message. */
  readonly log = (level: RecordedLogLevel, message: string, meta?: RecordedLogMetadata): unknown => {
    levelCheck('level', level);
    text('message', message);
    metadataCheck('meta', meta);
    const entry = { level, message, meta };
    this.#entries.push(entry);
    return this.#onEntry(entry);
  };

  /**
   * The messages so far, oldest first.
   *
   * @param level default all
   * @throws TypeError for a level that there is not
   */
  messages(level?: RecordedLogLevel): readonly string[] {
    if (level !== undefined) levelCheck('level', level);
    return this.#entries
      .filter((entry) => level === undefined || entry.level === level)
      .map(({ message }) => message);
  }

  /** The lines whose message has this text in it, or is of this pattern. */
  matching(pattern: string | RegExp): readonly LogEntry[] {
    patternCheck('pattern', pattern);
    return this.#entries.filter(({ message }) =>
      typeof pattern === 'string' ? message.includes(pattern) : message.search(pattern) >= 0,
    );
  }

  /** Level and message of every line. */
  text(): string {
    return this.#entries.map(({ level, message }) => `${level} ${message}`).join('\n');
  }

  /** Forgets all lines. */
  clear(): void {
    this.#entries.length = 0;
  }

  #at(level: RecordedLogLevel): Write {
    return (message, meta) => this.log(level, message, meta);
  }
}

/** Of whatever realm. */
function isPattern(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}
