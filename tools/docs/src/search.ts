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
function boostDocument(id: string, term: string, stored?: Record<string, unknown>): number {
  const head = Array.isArray(stored?.['titles']) && stored['titles'].length === 0 ? 1.5 : 1;
  if (/\/(?:api|contributing|decisions|repository)\b|CHANGELOG|\/measurements\/(?!bad-days)/.test(id))
    return 0.2 * head;
  // The name of a variable.
  if (term.includes('_') && id.includes('/reference/environment')) return 3;
  return head * (id.includes('/guides/') ? 2 : /\/temporal-auth\/(?!docs\/runbook)/.test(id) ? 1.5 : 1);
}

/**
 * A page as the search reads it. One of the API reference is one entry, without its code and its tables: with an entry for each heading the
 * index has twice the size.
 */
export function renderForSearch(
  source: string,
  env: { readonly relativePath: string },
  parser: { render(source: string, env: object): string },
): string {
  const html = parser.render(source, env);
  if (!env.relativePath.startsWith('api/')) return html;
  return html.replaceAll(/<(pre|table)\b.*?<\/\1>/gs, '').replaceAll(/(?<=<\/?)h[2-6]\b/g, 'p');
}

/** Of MiniSearch, as VitePress takes them. */
export const miniSearch: {
  readonly options: Pick<Options<IndexedSection>, 'tokenize'>;
  readonly searchOptions: SearchOptions;
} = {
  options: { tokenize: wordsAndParts },
  searchOptions: {
    tokenize: wordsOf,
    fuzzy: 0.2,
    prefix: true,
    boost: { title: 5.5, text: 2, titles: 1 },
    boostDocument,
  },
};
