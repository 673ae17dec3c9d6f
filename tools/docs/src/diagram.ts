import { renderMermaidSVG } from 'beautiful-mermaid';

/** In the colours of the theme that the reader has chosen. */
const colours = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  line: 'var(--vp-c-text-2)',
  accent: 'var(--vp-c-text-2)',
  muted: 'var(--vp-c-text-2)',
  surface: 'var(--vp-c-bg-soft)',
  border: 'var(--vp-c-text-2)',
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
  // Vue takes no style in a template, but leaves alone what an expression gives.
  const expression = JSON.stringify(drawing).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<figure class="diagram" tabindex="0" v-html="${expression}"></figure>\n`;
}
