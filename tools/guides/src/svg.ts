/** The colours of the pictures, which have a ground of their own: they look the same on a dark page. */
export const colours = {
  ground: '#ffffff',
  border: '#d0d7de',
  text: '#1f2328',
  faint: '#59636e',
  line: '#57606a',
  state: '#ddf4ff',
  stateBorder: '#0969da',
  good: '#aceebb',
  renewal: '#0969da',
  margin: '#ffd8a8',
  attempt: '#bc4c00',
} as const;

/** A whole picture. `description` is what those hear who do not see it. */
export function svgDocument(
  { width, height, description }: { width: number; height: number; description: string },
  body: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="13" role="img">`,
    `<title>${escaped(description)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.ground}" stroke="${colours.border}"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** How a text looks. */
export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly fill?: string;
  readonly size?: number;
}

/** A line of text, on the base line of `y`. */
export function svgText(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { anchor = 'start', bold = false, fill = colours.text, size } = style;
  const attributes = [
    `x="${round(x)}" y="${round(y)}" fill="${fill}"`,
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
  ];
  return `<text ${attributes.join(' ')}>${escaped(text)}</text>`;
}

/** About as wide as a text is drawn. */
export function textWidth(text: string, size = 13): number {
  return text.length * size * 0.56;
}

/** With one decimal: more is not seen. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
