import { renderMermaidSVG } from 'beautiful-mermaid';

/** In the colours of the theme that the reader has chosen. */
const colours = {
  bg: 'var(--color-background)',
  fg: 'var(--color-text)',
  line: 'var(--color-text-aside)',
  accent: 'var(--color-text-aside)',
  muted: 'var(--color-text-aside)',
  surface: 'var(--color-background-secondary)',
  border: 'var(--color-text-aside)',
};

/**
 * A Mermaid diagram as a drawing that needs no script, no font and no other host.
 *
 * @param source what stands between the fences
 * @throws Error for what is no diagram
 */
export function drawDiagram(source: string): string {
  const svg = renderMermaidSVG(source, { ...colours, font: 'system-ui', padding: 8, transparent: true });
  const drawing = svg.replaceAll(/^\s*@import url\(.*\);\n/gm, '');
  return `<figure class="diagram">${drawing}</figure>\n`;
}
