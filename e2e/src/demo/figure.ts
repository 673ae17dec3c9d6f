import type { PlainCounts } from './plain-worker.ts';
import type { RpcTotals } from './follow.ts';
import type { OutageRecord, SecondRecord } from './timeline.ts';
import type { WorkCounts } from './work.ts';

const [width, left, right, barHeight] = [520, 8, 512, 30];

/** What the page of a demonstration has read, as far as its picture shows it. */
export interface DrawnData {
  readonly nowMs: number;
  readonly seconds: readonly SecondRecord[];
  readonly outages: readonly Pick<OutageRecord, 'title' | 'startMs'>[];
  readonly plain: PlainCounts;
  readonly totals: Pick<WorkCounts, 'started' | 'completed'> & { readonly rpcs: Omit<RpcTotals, 'passed'> };
}

/** A demonstration as an SVG picture, for light pages and dark ones: the workflows of both workers, second by second, and what was broken. */
export function demonstrationFigure(data: DrawnData): string {
  const { seconds, outages, plain, totals } = data;
  const began = Math.min(...seconds.filter(({ completed }) => completed > 0).map(({ id }) => id));
  const lasted = Math.ceil(data.nowMs / 1_000) - began;
  const x = (second: number): number => left + ((second - began) / lasted) * (right - left);
  const most = Math.max(1, ...seconds.flatMap((one) => [one.completed, one.plainCompleted]));
  const bars = (y: number, className: string, height: (second: SecondRecord) => number): readonly string[] =>
    seconds
      .filter((second) => second.id >= began && height(second) > 0)
      .map((second) => {
        const tall = Math.min(1, height(second)) * barHeight;
        const place = `x="${x(second.id).toFixed(1)}" y="${(y + barHeight - tall).toFixed(1)}"`;
        const size = `width="${Math.max(1, (right - left) / lasted - 1).toFixed(1)}" height="${tall.toFixed(1)}"`;
        return `<rect ${place} ${size} class="${className}"/>`;
      });
  const { rejected, rejectedOfClient, plain: plainRpcs } = totals.rpcs;
  const end = plain.state === 'FAILED' ? ', FAILED' : '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 146" font-family="system-ui, sans-serif" font-size="13">`,
    '<title>Workflows of two workers, second by second, while the client secret is rotated</title>',
    `<style>${style}</style>`,
    text(left, 16, 'worker-auth', 'strong'),
    text(left + 104, 16, inWords(totals, rejected - rejectedOfClient)),
    ...bars(24, 'done', ({ completed }) => completed / most),
    text(left, 80, 'plain worker', 'strong'),
    text(left + 104, 80, `${inWords(plain, plainRpcs.rejected)}${end}`),
    ...bars(88, 'rejected', ({ plainRejected }) => plainRejected / most),
    ...bars(88, 'done', ({ plainCompleted }) => plainCompleted / most),
    ...outages.flatMap(({ title, startMs }) => [
      `<path d="M${x(startMs / 1_000).toFixed(1)} 22v34m0 30v36"/>`,
      text(x(startMs / 1_000) - 4, 138, `↑ ${title}`),
    ]),
    text(left, 138, '0 s'),
    `<text x="${right}" y="138" text-anchor="end">${lasted} s</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** A picture in a page has its own colours for a dark one. */
const style = [
  'text{fill:#1b2027}.strong{font-weight:700}.done{fill:#1a7f45}.rejected{fill:#c2281d}path{stroke:#565f6c;stroke-dasharray:4 3}',
  '@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.done{fill:#4cc585}.rejected{fill:#ff7a6b}path{stroke:#a3acb9}}',
].join('');

function inWords(
  { started, completed }: Pick<WorkCounts, 'started' | 'completed'>,
  rejected: number,
): string {
  return `${completed} of ${started} workflows, ${rejected} calls rejected`;
}

function text(x: number, y: number, words: string, className?: string): string {
  const shown = className === undefined ? '' : ` class="${className}"`;
  return `<text x="${x.toFixed(1)}" y="${y}"${shown}>${words}</text>`;
}
