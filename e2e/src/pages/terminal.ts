import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** How a command ended, and what it printed, without colours. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  /** With what went to standard error. */
  readonly output: string;
}

/** Longer than a command takes on a busy machine. */
const timeoutMs = 300_000;

/** What the shell prints when a command has ended. No page has it. */
const mark = 'the command has ended with ';

/** A shell in which a reader types: variables, folders and shells that a command opens stay, as they do for a user. */
export class Terminal implements AsyncDisposable {
  readonly #shell: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #output = '';
  #isClosed = false;
  #changed = Promise.withResolvers<unknown>();

  /** @param env all that is in its environment */
  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    // Of bash alone the rest of what is typed is left to the shell that a command opens.
    const shell = spawn('bash', ['--noprofile', '--norc'], { cwd, env, detached: true });
    this.#shell = shell;
    this.#closed = once(shell, 'close').then(() => {
      this.#isClosed = true;
      this.#changed.resolve(undefined);
    });
    const hears = (text: string): void => {
      this.#output += text;
      this.#changed.resolve(text);
      this.#changed = Promise.withResolvers();
    };
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      hears(text);
    });
    shell.stderr.setEncoding('utf8').on('data', hears);
    // Ctrl-C is for the command, as it is where a user types.
    shell.stdin.write('trap : INT\n');
    // A shell that has ended takes nothing.
    shell.stdin.on('error', () => undefined);
  }

  /** Types a command and waits for its end. */
  async run(command: string): Promise<Ended> {
    return await this.begin(command);
  }

  /**
   * Types a command, which may run on.
   *
   * @returns its end
   * @throws Error when it does not end in time
   */
  begin(command: string): Promise<Ended> {
    this.#stdout = '';
    this.#output = '';
    this.#shell.stdin?.write(`${command}\nprintf '\\n${mark}%s\\n' "$?"\n`);
    return this.#ended(command);
  }

  /** Waits until the command has printed this. */
  async printed(pattern: RegExp): Promise<void> {
    await this.#until(`printing ${String(pattern)}`, () => pattern.test(this.#output));
  }

  /** What a user's Ctrl-C sends. */
  interrupt(): void {
    if (this.#shell.pid !== undefined) process.kill(-this.#shell.pid, 'SIGINT');
  }

  /** Ends the shell and what was left running in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      this.#shell.stdin?.end();
      await new Promise((resolve) => setImmediate(resolve));
      try {
        process.kill(-(this.#shell.pid ?? 0), signal);
      } catch {
        break;
      }
    }
    await this.#closed;
  }

  async #ended(command: string): Promise<Ended> {
    const code = (): string | undefined => this.#stdout.split(`\n${mark}`)[1]?.match(/^(\d+)\n/)?.[1];
    await this.#until(`the end of "${command}"`, () => code() !== undefined);
    const plain = (text: string): string => stripVTControlCharacters(text.split(`\n${mark}`)[0] ?? '');
    return { exitCode: Number(code()), stdout: plain(this.#stdout), output: plain(this.#output) };
  }

  async #until(what: string, isThere: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const late = once(deadline, 'abort');
    while (!isThere()) {
      const why = this.#isClosed ? 'The shell has ended' : deadline.aborted ? 'The time is up' : undefined;
      if (why !== undefined) throw new Error(`${why} before ${what}:\n${this.#output}`);
      await Promise.race([this.#changed.promise, late]);
    }
  }
}
