/** A block of code in a page. */
export interface CodeBlock {
  /** What its opening fence says, `ts` for example; empty where it says nothing. */
  readonly language: string;
  readonly code: string;
  /** The line of its opening fence, counted from 1. */
  readonly line: number;
}

/** A fence, its language, the lines up to the same fence again; an indented one stands in a list. */
const block = /^( *)(`{3,}|~{3,})(.*)\n([\s\S]*?)^\1\2 *$/gm;

/** The fenced blocks of code of a text in Markdown, in order. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(block)].map(({ index, 1: indent = '', 3: language = '', 4: code = '' }) => ({
    language: language.trim(),
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: markdown.slice(0, index).split('\n').length,
  }));
}

/** How the paragraph before a block calls the file that it is: `store.ts` for one after "`store.ts`:", or after "with a store in `store.ts`:". */
export function fileBefore(markdown: string, line: number): string | undefined {
  const before = markdown.split('\n', line - 1).join('\n');
  const paragraph = before.trimEnd().split('\n\n').at(-1) ?? '';
  return /`([\w.-]+\.(?:ts|py))`/.exec(paragraph)?.[1];
}

/** Whether a block is a program in TypeScript. */
export function isTypeScript({ language }: CodeBlock): boolean {
  return language === 'ts' || language === 'typescript';
}

/** The text outside its fenced blocks, through `change`; the blocks stay as they are. */
export function changeProse(markdown: string, change: (prose: string) => string): string {
  let changed = '';
  let end = 0;
  for (const match of markdown.matchAll(block)) {
    changed += change(markdown.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return changed + change(markdown.slice(end));
}
