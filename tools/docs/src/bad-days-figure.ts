// Draws docs/measurements/bad-days.svg from the table of the page beside it: `node tools/docs/src/bad-days-figure.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../docs/measurements');
const [labelWidth, barWidth, rowHeight, top, longestSeconds] = [440, 320, 38, 46, 10];

/** The picture of the table as it is now. */
export function badDaysFigure(page = readFileSync(join(folder, 'bad-days.md'), 'utf8')): string {
  const rows = [...page.matchAll(/^\| (.+?) +\| [\d.]+ s +\| (.*?) +\| (.*?) +\| [\d-]+ +\|$/gm)];
  if (rows.length === 0) throw new Error('bad-days.md has no table of bad days');
  const drawn = rows.flatMap(([, day = '', ours = '', plain = ''], index) => {
    const y = top + index * rowHeight;
    const title = day.split('; ').map((line, number) => text(0, y + 11 + number * 13, line));
    return [...title, ...bar(y, ours, '#0b6e4f'), ...(plain === '' ? [] : bar(y + 15, plain, '#8a8f98'))];
  });
  const height = top + rows.length * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 0 960 ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    '<title>Seconds until a worker is back, for each bad day: ours, and a plain worker</title>',
    `<rect x="-12" width="960" height="${height}" fill="#fff"/>`,
    text(0, 20, 'Seconds until a worker is back after a bad day. Shorter is better.', 'font-size="14"'),
    ...[
      ...legend(labelWidth, 'this package', '#0b6e4f'),
      ...legend(labelWidth + 110, 'a plain worker with setApiKey', '#8a8f98'),
    ],
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function bar(y: number, words: string, colour: string): readonly string[] {
  const seconds = /^[\d.]+(?= s)/.exec(words)?.[0];
  const width = (Math.min(Number(seconds ?? longestSeconds), longestSeconds) / longestSeconds) * barWidth;
  const hatched = seconds === undefined ? ' fill-opacity="0.35"' : '';
  return [
    `<rect x="${labelWidth}" y="${y}" width="${width.toFixed(1)}" height="13" fill="${colour}"${hatched}/>`,
    text(labelWidth + width + 6, y + 10, words),
  ];
}

function legend(x: number, words: string, colour: string): readonly string[] {
  return [`<rect x="${x}" y="11" width="12" height="12" fill="${colour}"/>`, text(x + 17, 21, words)];
}

function text(x: number, y: number, words: string, more = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', '');
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#1f2328"${more && ` ${more}`}>${escaped}</text>`;
}

if (import.meta.main) writeFileSync(join(folder, 'bad-days.svg'), badDaysFigure());
