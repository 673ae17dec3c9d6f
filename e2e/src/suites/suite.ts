/** What came of a test. */
export type Outcome = 'passed' | 'failed' | 'skipped';

/** Outcomes by the titles of the tests. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** Others' tests, which run in several lanes. */
export interface Suite {
  /** Also the option with the path of its clone. */
  readonly name: string;
  /** What it is, for the page. */
  readonly title: string;
  /** The first is without us, and says what the others should do. */
  readonly lanes: readonly [string, ...string[]];
  /** What a program can run, in a clone. */
  filesOf(clone: string): Promise<readonly string[]>;
  /** Files and folders that do not run, with the reason. */
  readonly notRun: Readonly<Record<string, string>>;
  /** Builds it, and starts what it needs. */
  open(clone: string): Promise<OpenSuite>;
}

/** Files that do not run, for one reason. */
export function notRunFor(reason: string, files: readonly string[]): Suite['notRun'] {
  return Object.fromEntries(files.map((file) => [file, reason]));
}

/** A suite that can run. */
export interface OpenSuite extends AsyncDisposable {
  /**
   * Runs a file in a lane. Lanes run at once, each with a server of its own.
   *
   * @param test runs this test alone
   */
  run(file: string, lane: string, test?: string): Promise<Outcomes>;
}
