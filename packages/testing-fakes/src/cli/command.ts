/** A command line that cannot be run: what is wrong, and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An option of a command. */
export interface Flag<T> {
  readonly type: 'string' | 'boolean';
  /** Whether it may be given more than once. */
  readonly multiple: boolean;
  /** What its value is called in the help: `--port <number>`. */
  readonly value?: string;
  /** What it is for; with its default. */
  readonly description: string;
  /**
   * @param given the values, as they were given
   * @throws UsageError when one will not do
   */
  readonly read: (given: readonly string[], name: string) => T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What was given, by the names of the options. */
type ValuesOf<Known extends Flags> = { readonly [Name in keyof Known]: ReturnType<Known[Name]['read']> };

/** A fake that runs, and what a person has to know about it. */
export interface RunningFake {
  /** Printed once it listens: where it is, how to use it. Nothing secret. */
  readonly introduction: readonly string[];
  /** What a program needs to find it. Default nothing. */
  readonly env?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface CommandParts<Known extends Flags, Values> {
  readonly name: string;
  readonly summary: string;
  readonly flags: Known;
  /** Command lines that work as they stand, for the help. */
  readonly examples: readonly string[];
  /** Whether a program may follow after `--`, to be run with the `env` of the fake. Default false. */
  readonly runsProgram?: boolean;
  /** @param log prints one line about a request */
  readonly start: (values: Values, log: (line: string) => void) => Promise<RunningFake>;
}

/** One of the fakes on the command line. */
export type Command = CommandParts<Flags, never>;

export function command<const Known extends Flags>(parts: CommandParts<Known, ValuesOf<Known>>): Command {
  return parts;
}
