import cliTruncate from 'cli-truncate';

/** Where the view is written: a terminal, or a file or a pipe. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** The alternate screen, without cursor, and a line that is too long is cut at the edge; xterm's control sequences, as all terminals have them. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/** What lies between is shown at once, by terminals that can do that. */
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';

/**
 * A whole screen that is drawn again and again. It is the alternate one of the terminal: no terminal moves lines of that when its size changes,
 * and what stood there before is back when it is closed.
 */
export class Screen {
  readonly #output: Output;
  readonly #leave = (): void => {
    this.#output.write(leave);
  };

  constructor(output: Output) {
    this.#output = output;
    output.write(enter);
    // A program that fails must not leave its terminal so.
    process.on('exit', this.#leave);
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  /** One line each row, each cut to the width of the terminal, as it shows it. */
  draw(lines: readonly string[]): void {
    const rows = lines
      .slice(0, this.rows)
      .map((line, index) => `\x1b[${index + 1}H\x1b[2K${cliTruncate(line, this.columns)}`);
    const below = rows.length < this.rows ? `\x1b[${rows.length + 1}H\x1b[J` : '';
    this.#output.write(`${beginFrame}${rows.join('')}${below}${endFrame}`);
  }

  close(): void {
    process.off('exit', this.#leave);
    this.#leave();
  }
}
