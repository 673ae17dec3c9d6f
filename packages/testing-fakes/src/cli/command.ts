/** An option of a command, as `--help` shows it. */
export interface CliOption {
  readonly type: 'string' | 'boolean';
  /** Whether it may be given more than once. Default false. */
  readonly multiple?: boolean;
  /** What its value is called in the help: `--port <number>`. */
  readonly value?: string;
  /** What it is for; with its default. */
  readonly description: string;
}

/** The values of a command's options, as they were given. */
export type CliValues = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

/** A fake that runs, and what a person has to know about it. */
export interface RunningFake {
  /** Printed once it listens: where it is, how to use it. Nothing secret. */
  readonly introduction: readonly string[];
  /** What a program needs to find it. Default nothing. */
  readonly env?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** One of the fakes on the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, CliOption>>;
  /** Command lines that work as they stand, for the help. */
  readonly examples: readonly string[];
  /** Whether a program may follow after `--`, to be run with the `env` of the fake. Default false. */
  readonly runsProgram?: boolean;
  /**
   * Starts it.
   *
   * @param log prints one line about a request
   * @throws UsageError when a value will not do
   */
  start(values: CliValues, log: (line: string) => void): Promise<RunningFake>;
}
