import { styleText } from 'node:util';

/** What is shown, read anew for each picture. */
export interface Status {
  readonly tokenNumber: number;
  /** Milliseconds; `undefined` when there is no token. */
  readonly tokenRemainingMs: number | undefined;
  readonly nextRefreshInMs: number | undefined;
  readonly credentials: string;
  readonly workflows: { readonly started: number; readonly completed: number; readonly failed: number };
  /** `undefined` when no gateway counts them. */
  readonly rpcs: { readonly passed: number; readonly refused: number } | undefined;
  readonly remainingMs: number;
}

/** Shows what happens: a live picture on a terminal, otherwise one line an event. */
export interface View {
  event(text: string): void;
  /** Ends the picture, so that what follows stands below it. */
  close(): void;
}

const pictureEveryMs = 250;

/** @param read gives the present state for the live picture */
export function openView(output: NodeJS.WriteStream, read: () => Status): View {
  return output.isTTY ? livePicture(output, read) : eventLines(output);
}

function eventLines(output: NodeJS.WriteStream): View {
  const startedAt = performance.now();
  return {
    event: (text) =>
      output.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}\n`),
    close: () => undefined,
  };
}

function livePicture(output: NodeJS.WriteStream, read: () => Status): View {
  let drawnLines = 0;
  let lastEvents: readonly string[] = [];
  const draw = (): void => {
    const lines = [...picture(read()), ...lastEvents.map((text) => styleText('dim', text))];
    output.write(`${eraseLines(drawnLines)}${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  const timer = setInterval(draw, pictureEveryMs);
  return {
    event: (text) => {
      lastEvents = [...lastEvents, text.slice(0, output.columns - 1)].slice(-5);
    },
    close: () => {
      clearInterval(timer);
      draw();
    },
  };
}

function eraseLines(count: number): string {
  return count === 0 ? '' : `\x1b[${count}A\x1b[0J`;
}

function picture(status: Status): string[] {
  const { workflows, rpcs } = status;
  return [
    row(
      'token',
      `#${status.tokenNumber}, ${seconds(status.tokenRemainingMs)} left, next refresh in ${seconds(status.nextRefreshInMs)}`,
    ),
    row('credentials', status.credentials),
    row(
      'workflows',
      `${workflows.started} started, ${workflows.completed} completed, ${workflows.failed} failed`,
    ),
    row(
      'RPCs',
      rpcs === undefined
        ? 'not counted: no gateway in between'
        : `${rpcs.passed} passed, ${rpcs.refused} refused`,
    ),
    row('ends in', `${seconds(status.remainingMs)} (Ctrl-C ends it now)`),
    '',
  ];
}

function row(name: string, text: string): string {
  return `${styleText('bold', name.padEnd(12))} ${text}`;
}

/** For example `7.5 s`. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
