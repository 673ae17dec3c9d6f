// Draws docs/measurements/bad-days.svg from the table of the page beside it: `node tools/docs/src/bad-days-figure.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../docs/measurements');
const row = /^\| (.+?) +\| [\d.]+ s +\| (.*?) +\| (.*?) +\| [\d-]+ +\|$/gm;
const [width, barWidth, rowHeight, top, longestSeconds] = [600, 330, 44, 60, 10];
type Kind = 'ours' | 'plain';
/** A picture in a page has its own colours for a dark one. */
const style =
  'text{fill:#1f2328}.ours{fill:#0b6e4f}.plain{fill:#757b85}@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.ours{fill:#3fb489}.plain{fill:#9aa1ac}}';

/** The picture of the table as it is now, without the days behind Envoy. */
export function badDaysFigure(page = readFileSync(join(folder, 'bad-days.md'), 'utf8')): string {
  const days = [...page.matchAll(row)].filter(([, day = '']) => !day.includes('Envoy'));
  if (days.length === 0) throw new Error('bad-days.md has no table of bad days');
  const drawn = days.flatMap(([, day = '', ours = '', plain = ''], index) => {
    const y = top + index * rowHeight;
    return [
      text(0, y, day),
      ...bar(y + 5, ours, 'ours'),
      ...(plain === '' ? [] : bar(y + 17, plain, 'plain')),
    ];
  });
  const height = top + days.length * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${width + 16} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Seconds until a worker is back, for each bad day: ours, and a plain worker</title>',
    `<style>${style}</style>`,
    text(0, 16, 'Seconds until a worker is back after a bad day. Shorter is better.'),
    ...legend(0, 'this package', 'ours'),
    ...legend(110, 'a plain worker with setApiKey', 'plain'),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function bar(y: number, words: string, kind: Kind): readonly string[] {
  const seconds = /^[\d.]+(?= s)/.exec(words)?.[0];
  const length = (Math.min(Number(seconds ?? longestSeconds), longestSeconds) / longestSeconds) * barWidth;
  const faint = seconds === undefined ? ' fill-opacity="0.35"' : '';
  return [
    `<rect x="0" y="${y}" width="${length.toFixed(1)}" height="11" class="${kind}"${faint}/>`,
    text(length + 6, y + 10, words),
  ];
}

function legend(x: number, words: string, kind: Kind): readonly string[] {
  return [`<rect x="${x}" y="24" width="12" height="12" class="${kind}"/>`, text(x + 17, 34, words)];
}

function text(x: number, y: number, words: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', '');
  return `<text x="${x.toFixed(1)}" y="${y}">${escaped}</text>`;
}

if (import.meta.main) writeFileSync(join(folder, 'bad-days.svg'), badDaysFigure());
