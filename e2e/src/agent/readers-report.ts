import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What readers got of an agent. */
export interface ReadersReport {
  /** But for the first one of each reader, which had to connect. */
  readonly answers: number;
  /** Tokens that were over when they came, by their `exp` and the clock of this machine. */
  readonly expired: number;
  /** How many answers were none, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** The SHA-256 of each token. */
  readonly tokens: readonly string[];
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** What readers ask, and for how long. */
export interface ReadersOptions {
  readonly url: string;
  readonly bearerFile: string;
  readonly readers: number;
  readonly seconds: number;
}

/** Runs readers in a process of their own, each of which asks once a second. */
export async function runReaders({
  url,
  bearerFile,
  readers,
  seconds,
}: ReadersOptions): Promise<ReadersReport> {
  const program = fileURLToPath(new URL('readers.ts', import.meta.url));
  const args = [program, url, bearerFile, String(readers), String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 10_000_000 });
  return JSON.parse(stdout) as ReadersReport;
}
