import { styleText } from 'node:util';

/** The token of the moment. */
export interface TokenNow {
  readonly number: number;
  /** What is left of its life, in ms; `undefined` when there is no token. */
  readonly remainingMs: number | undefined;
}

/** What happens, one line an event. */
export interface Lines {
  /** @param isBad shown in red */
  event(text: string, isBad?: boolean): void;
  /** Nothing is written any more. */
  close(): void;
}

/** Begins them; colours are as `NO_COLOR` and `FORCE_COLOR` have it, else there are some on a terminal that can show them. */
export function openLines(output: NodeJS.WritableStream, token: () => TokenNow): Lines {
  const startedAtMs = performance.now();
  let isClosed = false;
  return {
    event: (text, isBad = false) => {
      if (isClosed) return;
      const line = isBad ? styleText('red', oneLine(text), { stream: output }) : oneLine(text);
      const { number, remainingMs } = token();
      const time = seconds(performance.now() - startedAtMs).padStart(8);
      output.write(`${time}  ${line}  [token #${number}: ${seconds(remainingMs)} left]\n`);
    },
    close: () => {
      isClosed = true;
    },
  };
}

/** A text may come from a server: nothing in it moves the cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** For example `7.5 s`. */
function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}
