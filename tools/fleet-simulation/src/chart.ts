const size = { width: 840, panelHeight: 150, left: 56, right: 16, top: 52, gap: 40, bottom: 34 };
const colours = { with: '#1f6feb', without: '#d1661f', outage: '#8b949e' };
const plotWidth = size.width - size.left - size.right;

/** Rates are drawn on a logarithmic scale from here, since the herds are a thousand times the mean. */
const scale = { min: 1, max: 10_000, lines: [1, 10, 100, 1_000, 10_000] };

/** One row of the picture: the same tokens with and without jitter. */
export interface Panel {
  readonly title: string;
  /** Requests a second, evenly spaced over the run. */
  readonly withJitter: readonly number[];
  readonly withoutJitter: readonly number[];
}

/** What all panels share. */
export interface Axis {
  readonly hours: number;
  readonly outage: { readonly startHour: number; readonly endHour: number };
}

/** Draws token requests over time as an SVG document. */
export function drawChart(panels: readonly Panel[], axis: Axis): string {
  const height = size.top + panels.length * (size.panelHeight + size.gap) - size.gap + size.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>Token requests a second of 10,000 workers over ${axis.hours} hours, with and without jitter</title>`,
    `<rect width="${size.width}" height="${height}" fill="#ffffff"/>`,
    legend(),
    ...panels.map((panel, index) => drawPanel(panel, index, axis)),
    ...hourLabels(axis, height - size.bottom + 16),
    `<text x="${size.left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">hours since the start of the fleet</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  const entries: [string, string][] = [
    [colours.without, 'without jitter'],
    [colours.with, 'with jitter (default)'],
    [colours.outage, 'outage of the token server'],
  ];
  return entries
    .map(([colour, label], index) => {
      const x = size.left + index * 190;
      return `<rect x="${x}" y="10" width="12" height="12" fill="${colour}"/><text x="${x + 18}" y="20">${label}</text>`;
    })
    .join('');
}

function drawPanel(panel: Panel, index: number, axis: Axis): string {
  const top = size.top + index * (size.panelHeight + size.gap);
  const outageX = xOf(axis.outage.startHour / axis.hours);
  const outageWidth = Math.max(2, xOf(axis.outage.endHour / axis.hours) - outageX);
  return [
    `<text x="${size.left}" y="${top - 8}" font-weight="bold">${panel.title}, requests a second</text>`,
    ...scale.lines.map((value) => {
      const y = yOf(value, top);
      return (
        `<line x1="${size.left}" x2="${size.left + plotWidth}" y1="${y}" y2="${y}" stroke="#d0d7de"/>` +
        `<text x="${size.left - 6}" y="${y + 4}" text-anchor="end">${value.toLocaleString('en')}</text>`
      );
    }),
    `<rect x="${outageX}" y="${top}" width="${outageWidth}" height="${size.panelHeight}" fill="${colours.outage}" opacity="0.5"/>`,
    line(panel.withoutJitter, top, colours.without),
    line(panel.withJitter, top, colours.with),
  ].join('\n');
}

function line(rates: readonly number[], top: number, colour: string): string {
  const points = rates.map((rate, index) => `${xOf((index + 0.5) / rates.length)},${yOf(rate, top)}`);
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.2"/>`;
}

function hourLabels(axis: Axis, y: number): string[] {
  const step = 4;
  return Array.from({ length: Math.floor(axis.hours / step) + 1 }, (_, index) => {
    const hour = index * step;
    return `<text x="${xOf(hour / axis.hours)}" y="${y}" text-anchor="middle">${hour}</text>`;
  });
}

function xOf(share: number): number {
  return round(size.left + share * plotWidth);
}

function yOf(rate: number, top: number): number {
  const share = Math.log(Math.max(scale.min, rate) / scale.min) / Math.log(scale.max / scale.min);
  return round(top + (1 - share) * size.panelHeight);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
