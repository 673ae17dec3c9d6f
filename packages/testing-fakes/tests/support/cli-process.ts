import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The command line in a process of its own, as a person runs it. */
export class CliProcess implements AsyncDisposable {
  readonly #child;
  readonly #changed = new EventTarget();
  /** All that was printed so far, on both streams. */
  output = '';
  /** All that was printed so far on the first. */
  stdout = '';

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--conditions=@worker-auth/source', cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#changed.dispatchEvent(new Event('change'));
      });
    }
    this.#child.stdout.on('data', (text: string) => (this.stdout += text));
    this.#child.once('close', () => this.#changed.dispatchEvent(new Event('change')));
  }

  /**
   * What the first group of `pattern` found in the output, as soon as it is there.
   *
   * @throws Error with the output when the process ended without it, or when it does not come within 100 s: before the test is given up,
   * which would leave the process behind
   */
  async printed(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(100_000);
    for (;;) {
      const found = pattern.exec(this.output);
      if (found !== null) return found[1] ?? found[0];
      if (this.#child.exitCode !== null) throw new Error(`It ended with:\n${this.output}`);
      await once(this.#changed, 'change', { signal }).catch(() => {
        throw new Error(`It did not print ${String(pattern)}:\n${this.output}`);
      });
    }
  }

  /** The exit code of a process that ends by itself. */
  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** Presses Ctrl-C, and gives the exit code. */
  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.exitCode();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exitCode();
  }
}
