import type { MarkdownOptions } from 'vitepress';
import { drawDiagram } from './diagram.ts';

type MarkdownParser = Parameters<NonNullable<MarkdownOptions['config']>>[0];

/** How the pages are read: as in the repository. */
export const markdown: MarkdownOptions = {
  // What looks like a tag is text, `Map<string>` for example.
  html: false,
  anchor: { slugify: anchorOf },
  // Those of GitHub have comments and diffs that are too pale.
  theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  config: (parser) => {
    drawMermaid(parser);
    labelCells(parser);
    // Only what says its scheme is a link: `metrics.md` is a file.
    parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
    const { text } = parser.renderer.rules;
    if (text === undefined) throw new Error('The parser has no rule for text');
    // Two braces would be an expression for Vue.
    parser.renderer.rules.text = (...given) => text(...given).replaceAll('{{', '&#123;&#123;');
  },
};

/** Each cell of a table knows its heading, which a narrow screen shows beside it. */
function labelCells({ core }: MarkdownParser): void {
  core.ruler.push('cell_labels', ({ tokens }) => {
    let headings: string[] = [];
    let column = 0;
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'thead_open') headings = [];
      if (token.type === 'tr_open') column = 0;
      if (token.type === 'th_open') headings.push(tokens[index + 1]?.content.replaceAll('`', '') ?? '');
      if (token.type === 'td_open') token.attrSet('data-label', headings[column++] ?? '');
    }
  });
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '');
  return words.trim().replaceAll(/\s/g, '-');
}

function drawMermaid({ renderer }: MarkdownParser): void {
  const { fence } = renderer.rules;
  if (fence === undefined) throw new Error('The parser has no rule for fences');
  renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    return token?.info.trim() === 'mermaid' ? drawDiagram(token.content) : fence(tokens, index, ...rest);
  };
}
