import { type CodeBlock, codeBlocks, fileBefore } from '@worker-auth/workspace/markdown-blocks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The top of the repository. */
export const workspace = join(import.meta.dirname, '../../..');

/** A block of a page, with what stands around it. */
export interface Block extends CodeBlock {
  /** As `README.md:12`, for people and for editors. */
  readonly place: string;
  /** The heading that it stands under. */
  readonly section: string;
  /** The paragraph before it, or the heading. */
  readonly lead: string;
  /** How that paragraph calls the file that it is. */
  readonly file: string | undefined;
}

/** A page in Markdown. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  /** Without its blocks. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

/** A command of a block of shell, and what the comment behind it says. */
export interface Command {
  readonly text: string;
  readonly comment: string;
}

export async function readPage(path: string): Promise<Page> {
  const markdown = await readFile(join(workspace, path), 'utf8');
  const blocks = codeBlocks(markdown).map((block): Block => {
    const before = markdown.split('\n').slice(0, block.line - 1);
    const heading = before.findLast((line) => /^#+ /.test(line)) ?? '';
    return {
      ...block,
      place: `${path}:${block.line}`,
      section: heading.replace(/^#+ /, ''),
      lead: before.join('\n').trimEnd().split('\n\n').at(-1) ?? '',
      file: fileBefore(markdown, block.line),
    };
  });
  const prose = markdown.replaceAll(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?^\1\2 *$/gm, '');
  return { path, prose, blocks };
}

/** The diff that a page shows. */
export async function diffOf(path: string): Promise<string> {
  const { blocks } = await readPage(path);
  const diff = blocks.find(({ language }) => language === 'diff');
  if (diff === undefined) throw new Error(`${path} shows no diff`);
  return diff.code;
}

/** The commands of a block of shell. Lines that end with a backslash go on; a line of a comment alone is none. */
export function commandsOf({ code }: Pick<CodeBlock, 'code'>): readonly Command[] {
  const lines = code.replaceAll('\\\n', ' ').split('\n');
  return lines
    .map((line) => /^(.*?)(?:(?:^|\s+)#\s+(.*))?$/.exec(line) ?? [])
    .map(([, text = '', comment = '']) => ({ text: text.trim(), comment }))
    .filter(({ text }) => text !== '');
}

/** The versions of Node that a page names: `22` and `22.18`. */
export function nodesNamed({ prose }: Pick<Page, 'prose'>): readonly string[] {
  return [...prose.matchAll(/\bNode(?:\.js)? \(?(\d+(?:\.\d+)?)/g)].map(([, version = '']) => version);
}
