/** One behaviour of a contract. Any test framework runs it: `for (const { name, run } of cases) it(name, run)`. */
export interface ContractCase {
  /** The behaviour, as a sentence that follows the name of what is tested. */
  readonly name: string;
  /** Rejects with an `AssertionError` of Node when the behaviour is missing. */
  run(): Promise<void>;
}
