import { colours, round, svgDocument, svgText } from './svg.ts';
import type { TokenLife } from './token-life.ts';

const width = 700;
const left = 20;
const plotWidth = width - 2 * left;
const top = 76;
const rowHeight = 96;
const barHeight = 20;

/** Draws the lives of tokens, each from the moment of its request to its end. */
export function drawTokenLives(lives: readonly TokenLife[]): string {
  const title = 'The life of a token, by the default options';
  return svgDocument({ width, height: top + lives.length * rowHeight, description: title }, [
    svgText(left, 26, title, { bold: true }),
    ...legend(),
    ...lives.flatMap((life, index) => drawLife(life, top + index * rowHeight)),
  ]);
}

function legend(): string[] {
  const entries: readonly [colour: string, text: string, x: number][] = [
    [colours.good, 'the token is served', 0],
    [colours.renewal, 'renewed in here, by chance', 160],
    [colours.margin, 'margin', 366],
    [colours.attempt, 'an attempt, when all fail', 452],
  ];
  return entries.map(
    ([colour, text, x]) =>
      `<rect x="${left + x}" y="40" width="13" height="13" fill="${colour}"/>${svgText(left + x + 19, 51, text)}`,
  );
}

function drawLife({ name, lifetimeMs, renewal, marginStartMs, attemptsMs }: TokenLife, y: number): string[] {
  const x = (ms: number): number => left + (ms / lifetimeMs) * plotWidth;
  const bar = (fromMs: number, toMs: number, colour: string): string =>
    `<rect x="${round(x(fromMs))}" y="${y + 8}" width="${round(x(toMs) - x(fromMs))}" height="${barHeight}" fill="${colour}"/>`;
  const [first = 0] = attemptsMs;
  const { earliestMs, latestMs } = renewal;
  const attemptsY = y + 8 + barHeight + 3;
  return [
    svgText(left, y, `A token of ${name}`, { bold: true }),
    svgText(left + plotWidth, y, `its end: ${name}`, { anchor: 'end', fill: colours.faint }),
    bar(0, lifetimeMs, colours.good),
    bar(marginStartMs, lifetimeMs, colours.margin),
    bar(earliestMs, latestMs, colours.renewal),
    ...attemptsMs.map(
      (ms) =>
        `<rect x="${round(x(ms))}" y="${attemptsY}" width="1.5" height="10" fill="${colours.attempt}"/>`,
    ),
    svgText(
      left,
      attemptsY + 26,
      `renewed after ${inWords(earliestMs)} to ${inWords(latestMs)}; margin ${inWords(lifetimeMs - marginStartMs)}; ` +
        `when all fail: ${attemptsMs.length} attempts in the last ${inWords(lifetimeMs - first)}`,
      { fill: colours.faint },
    ),
  ];
}

/** In the largest unit that leaves no long fraction. */
function inWords(ms: number): string {
  const units: readonly [unit: string, length: number][] = [
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ];
  const [unit, length] = units.find(([, candidate]) => ms >= candidate) ?? ['s', 1_000];
  return `${round(ms / length)} ${unit}`;
}
