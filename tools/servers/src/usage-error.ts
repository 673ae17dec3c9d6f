import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A command line that cannot be run; the message says in one line what is wrong. Its exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * `parseArgs`, whose complaints about a command line are a {@link UsageError} in one line.
 *
 * @throws UsageError for an unknown option, a missing value and the like
 */
export function parseCommandLine<const T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // What follows the first sentence is advice on parseArgs itself.
    const [complaint = ''] = (error as Error).message.split(/\.\s/);
    throw new UsageError(complaint);
  }
}
