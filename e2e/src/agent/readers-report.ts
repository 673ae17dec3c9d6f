import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** The same of a server that does nothing: what the machine makes of it. */
  readonly plainMedianMs: number;
  readonly plainP99Ms: number;
}

/** What readers ask, and for how long. */
export interface ReadersOptions {
  readonly url: string;
  readonly bearerFile: string;
  readonly readers: number;
  readonly seconds: number;
}

/** Answers everything at once, with as much as an agent answers; prints its port. */
const plainServer = `
  const server = require('node:http').createServer((request, response) => response.end('x'.repeat(700)));
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
`;

/** Runs readers in a process of their own, each of which asks once a second. */
export async function runReaders({
  url,
  bearerFile,
  readers,
  seconds,
}: ReadersOptions): Promise<ReadersReport> {
  const program = fileURLToPath(new URL('readers.ts', import.meta.url));
  const plain = spawn(process.execPath, ['-e', plainServer]);
  try {
    const [port] = (await once(plain.stdout, 'data')) as [Buffer];
    const plainUrl = `http://127.0.0.1:${String(port).trim()}`;
    const args = [program, url, plainUrl, bearerFile, String(readers), String(seconds)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 10_000_000 });
    return JSON.parse(stdout) as ReadersReport;
  } finally {
    plain.kill();
  }
}
