import type { Options, SearchOptions } from 'minisearch';

/** One section of a page, as VitePress indexes it. */
interface IndexedSection {
  readonly id: string;
  readonly title: string;
  readonly titles: readonly string[];
  readonly text?: string;
}

// VitePress sends the functions to the browser as text: they may name nothing outside of themselves.

/** The words of a query; `TOKEN_CLIENT_REJECTED` is one. */
function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}_]+/u);
}

/** The words of a page, and the parts of `TOKEN_CLIENT_REJECTED` and `FakeClock`. */
function wordsAndParts(text: string): string[] {
  return text.split(/[^\p{L}\p{N}_]+/u).flatMap((word) => {
    const parts = word.split(/_|(?<=[a-z])(?=[A-Z])/);
    return parts.length > 1 ? [word, ...parts] : parts;
  });
}

/** Guides and the pages of temporal-auth first, the API reference and what is for contributors last; the head of a page before its parts. */
function boostDocument(id: string, _term: string, stored?: Record<string, unknown>): number {
  const head = Array.isArray(stored?.['titles']) && stored['titles'].length === 0 ? 1.5 : 1;
  if (/\/(?:api|contributing|decisions|repository)\b|CHANGELOG|\/measurements\/(?!bad-days)/.test(id))
    return 0.2 * head;
  return head * (id.includes('/guides/') ? 2 : /\/temporal-auth\/(?!docs\/runbook)/.test(id) ? 1.5 : 1);
}

/** What a page is indexed as, a part of it each. */
interface Section {
  readonly anchor: string;
  readonly titles: string[];
  readonly text: string;
}

/** A page of the API reference is one section, without its code: with one for each heading the index has three times the size. */
function sectionsOf(path: string, html: string): Section[] | undefined {
  if (!path.includes('/api/')) return undefined;
  const text = html.replaceAll(/<(pre|table|h[2-6])\b.*?<\/\1>/gs, (part, tag: string) =>
    tag.startsWith('h') ? part : '',
  );
  const [, title = ''] = /<h1\b[^>]*>(.*?)<\/h1>/s.exec(html) ?? [];
  return [{ anchor: '', titles: [textOf(title)], text: textOf(text) }];
}

const textOf = (html: string): string => html.replaceAll(/<[^>]*>|&\w+;/g, ' ');

/** Of MiniSearch, as VitePress takes them. */
export const miniSearch: {
  readonly _splitIntoSections: typeof sectionsOf;
  readonly options: Pick<Options<IndexedSection>, 'tokenize'>;
  readonly searchOptions: SearchOptions;
} = {
  _splitIntoSections: sectionsOf,
  options: { tokenize: wordsAndParts },
  searchOptions: {
    tokenize: wordsOf,
    fuzzy: 0.2,
    prefix: true,
    boost: { title: 5.5, text: 2, titles: 1 },
    boostDocument,
  },
};
