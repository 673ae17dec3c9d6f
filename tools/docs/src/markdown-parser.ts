import { drawDiagram } from './diagram.ts';

/** The parser of TypeDoc, as far as it is changed here: https://markdown-it.github.io/markdown-it/. */
export interface MarkdownParser {
  readonly core: {
    readonly ruler: {
      push(name: string, rule: (state: { readonly tokens: readonly Token[] }) => void): void;
    };
  };
  readonly renderer: { readonly rules: Record<string, FenceRule | undefined> };
  readonly linkify: { set(options: { readonly fuzzyLink: boolean; readonly fuzzyEmail: boolean }): void };
}

interface Token {
  readonly type: string;
  readonly info: string;
  readonly content: string;
  children: readonly Partial<Token>[] | null;
}

type FenceRule = (tokens: readonly Token[], index: number, ...rest: readonly unknown[]) => string;

/** Has the parser read the pages as they are read in the repository. */
export function setupParser(parser: MarkdownParser): void {
  drawMermaid(parser);
  nameHeadings(parser);
  // Only what says its scheme is a link: `metrics.md` is a file.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
}

function drawMermaid({ renderer }: MarkdownParser): void {
  const { fence } = renderer.rules;
  if (fence === undefined) throw new Error('The parser has no rule for fences');
  renderer.rules['fence'] = (tokens, index, ...rest) => {
    const token = tokens[index];
    return token?.info.trim() === 'mermaid' ? drawDiagram(token.content) : fence(tokens, index, ...rest);
  };
}

/** TypeDoc makes the anchor of a heading of the text in it alone, and leaves out what is code. */
function nameHeadings({ core }: MarkdownParser): void {
  core.ruler.push('code_in_headings', ({ tokens }) => {
    for (const [index, heading] of tokens.entries()) {
      if (heading.type !== 'heading_open') continue;
      for (const part of (tokens[index + 1]?.children ?? []) as readonly Token[]) {
        if (part.type === 'code_inline') part.children = [{ type: 'text', content: part.content }];
      }
    }
  });
}
