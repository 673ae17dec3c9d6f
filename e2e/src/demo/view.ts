import { styleText } from 'node:util';
import { picture, seconds, type Status, statusLine } from './picture.ts';
import { type Output, Screen } from './screen.ts';
import type { Paint } from './token-bars.ts';

/** Shows what happens: a live picture on a terminal, otherwise one line an event. */
export interface View {
  /** @param isBad shown in red */
  event(text: string, isBad?: boolean): void;
  /** Ends it; what follows stands below, and nothing is told any more. */
  close(): void;
}

/** What the view reads. */
export interface Shown {
  /** How things stand. */
  readonly status: () => Status;
  /** What runs where. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
}

const pictureEveryMs = 250;

/** More events than a terminal has rows. */
const maxEvents = 200;

/** Opens it; colours are as `NO_COLOR` and `FORCE_COLOR` have it, else there are some on a terminal that can show them. */
export function openView(output: Output, shown: Shown): View {
  const paint: Paint = (format, text) => styleText(format, text, { stream: output });
  const isLive = output.isTTY === true && process.env['TERM'] !== 'dumb';
  return isLive ? livePicture(output, shown, paint) : eventLines(output, shown, paint);
}

function eventLines(output: Output, { status }: Shown, paint: Paint): View {
  const startedAt = performance.now();
  let isClosed = false;
  return {
    event: (text, isBad = false) => {
      if (isClosed) return;
      const line = oneLine(text);
      const time = seconds(performance.now() - startedAt).padStart(8);
      output.write(`${time}  ${isBad ? paint('red', line) : line}  [${statusLine(status())}]\n`);
    },
    close: () => {
      isClosed = true;
    },
  };
}

function livePicture(output: Output, { status, addresses }: Shown, paint: Paint): View {
  const screen = new Screen(output);
  const addressLines = addresses.map(([name, address]) => `${name.padEnd(24)} ${address}`);
  let events: readonly string[] = [];
  const withEvents = (above: readonly string[]): readonly string[] => {
    const room = Math.max(0, screen.rows - above.length);
    return [...above, ...events.slice(Math.max(0, events.length - room))];
  };
  const now = (): readonly string[] => [...picture(status(), screen.columns, paint), ''];
  const draw = (): void => {
    screen.draw(withEvents([...now(), ...addressLines, '']));
  };
  draw();
  const timer = setInterval(draw, pictureEveryMs);
  output.on('resize', draw);
  return {
    event: (text, isBad = false) => {
      events = [...events, paint(isBad ? 'red' : 'dim', oneLine(text))].slice(-maxEvents);
    },
    close: () => {
      clearInterval(timer);
      output.off('resize', draw);
      // The addresses stand above already.
      const last = withEvents(now());
      screen.close();
      output.write(`${last.join('\n')}\n`);
    },
  };
}

/** A text may come from a server: nothing in it moves the cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
