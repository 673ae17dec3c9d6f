const everyMs = 10_000;

/** Where progress is written, one line at a time. */
export type ProgressWriter = (line: string) => void;

const toStandardError: ProgressWriter = (line) => void process.stderr.write(`${line}\n`);

/**
 * Shows on standard error that something takes time: one line at the start, one every ten seconds, one at the end.
 *
 * @param what the work, as a sentence's beginning: `Building daprd 1.14.0`
 */
export async function withProgress<T>(
  what: string,
  work: () => Promise<T>,
  write: ProgressWriter = toStandardError,
): Promise<T> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  write(`${what} ...`);
  const timer = setInterval(() => {
    write(`${what} ... ${seconds()}`);
  }, everyMs);
  try {
    const result = await work();
    write(`${what}: done in ${seconds()}`);
    return result;
  } catch (error) {
    write(`${what}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
