import { Curve, type Point } from './curve.ts';
import { layOut } from './layout.ts';
import { begin } from './machines.ts';
import { colours, round, svgDocument, svgText, textWidth } from './svg.ts';
import type { Transition } from './transitions.ts';

const width = 700;
const top = 44;
const bottom = 16;
const stateHeight = 30;
const labelSize = 12;
const lineHeight = 15;
const dot = 12;

/** Draws the states of a machine and the ways between them. */
export function drawStateChart(
  title: string,
  states: readonly string[],
  transitions: readonly Transition[],
): string {
  const boxes = states.map((state) => [state, { width: stateWidth(state), height: stateHeight }] as const);
  const layout = layOut(
    new Map([[begin, { width: dot, height: dot }], ...boxes]),
    transitions.map(({ from, to, callers }) => ({ from, to, label: labelBox(callers) })),
  );
  const left = (width - layout.width) / 2;
  const moved = ({ x, y }: Point): Point => ({ x: x + left, y: y + top });
  const ways = transitions.map(({ from, to, callers }) => {
    const { points, ...label } = layout.way(from, to);
    const curve = new Curve(points.map(moved));
    return { curve, callers, label: curve.nearestTo(moved(label)) };
  });
  const body = [
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">' +
      `<path d="M0,0 L8,4 L0,8 z" fill="${colours.line}"/></marker></defs>`,
    svgText(16, 26, title, { bold: true }),
    ...ways.map(
      ({ curve }) =>
        `<path d="${curve.path}" fill="none" stroke="${colours.line}" marker-end="url(#arrow)"/>`,
    ),
    // All grounds before all texts: none covers the text of a neighbour.
    ...ways.map(({ label, callers }) => drawLabelGround(label, callers)),
    ...ways.flatMap(({ label, callers }) => drawLabel(label, callers)),
    ...[begin, ...states].map((state) => drawState(state, moved(layout.node(state)))),
  ];
  const description = `${title}. ${transitions.map(({ from, to }) => `${from} to ${to}`).join(', ')}`;
  return svgDocument({ width, height: Math.ceil(layout.height + top + bottom), description }, body);
}

function stateWidth(state: string): number {
  return textWidth(state) + 28;
}

function labelBox(lines: readonly string[]): { width: number; height: number } {
  const widest = Math.max(0, ...lines.map((line) => textWidth(line, labelSize)));
  return { width: widest + 6, height: lines.length * lineHeight };
}

function drawState(state: string, { x, y }: Point): string {
  if (state === begin)
    return `<circle cx="${round(x)}" cy="${round(y)}" r="${dot / 2}" fill="${colours.line}"/>`;
  const [left, above] = [x - stateWidth(state) / 2, y - stateHeight / 2];
  return (
    `<rect x="${round(left)}" y="${round(above)}" width="${round(stateWidth(state))}" height="${stateHeight}" rx="15" ` +
    `fill="${colours.state}" stroke="${colours.stateBorder}"/>` +
    svgText(x, y + 4.5, state, { anchor: 'middle', bold: true })
  );
}

function drawLabelGround({ x, y }: Point, lines: readonly string[]): string {
  const box = labelBox(lines);
  const corner = `x="${round(x - box.width / 2)}" y="${round(y - box.height / 2)}"`;
  return `<rect ${corner} width="${round(box.width)}" height="${box.height}" fill="${colours.ground}" opacity="0.85"/>`;
}

function drawLabel({ x, y }: Point, lines: readonly string[]): string[] {
  const above = y - labelBox(lines).height / 2;
  return lines.map((line, index) =>
    svgText(x, above + index * lineHeight + 11.5, line, {
      anchor: 'middle',
      fill: colours.faint,
      size: labelSize,
    }),
  );
}
