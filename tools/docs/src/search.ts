import type { Options, SearchOptions } from 'minisearch';

/** One section of a page, as VitePress indexes it. */
interface IndexedSection {
  readonly id: string;
  readonly title: string;
  readonly titles: readonly string[];
  readonly text?: string;
}

// VitePress sends the functions to the browser as text: they may name nothing outside of themselves.

/** Words, the parts of `FakeClock`, and codes such as `TOKEN_CLIENT_REJECTED` both whole and in parts. */
function tokenize(text: string): string[] {
  const words = text.split(/[\n\r\p{Z}\p{P}]+/u);
  const parts = words.flatMap((word) => word.match(/[A-Z][a-z]+(?=[A-Z])|(?<=[a-z])[A-Z][a-z]+/g) ?? []);
  return [...words, ...parts, ...(text.match(/[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+/g) ?? [])];
}

/** Guides and the pages of temporal-auth first, the API reference and what is for contributors last. */
function boostDocument(id: string): number {
  if (/\/(?:api|contributing|decisions)\/|CHANGELOG|measurements|fleet-simulation/.test(id)) return 0.2;
  return id.includes('/guides/') ? 2 : id.includes('/temporal-auth/') ? 1.5 : 1;
}

/** Of MiniSearch, as VitePress takes them. */
export const miniSearch: {
  readonly options: Pick<Options<IndexedSection>, 'tokenize'>;
  readonly searchOptions: SearchOptions;
} = {
  options: { tokenize },
  searchOptions: { fuzzy: 0.2, prefix: true, boost: { title: 4, text: 2, titles: 1 }, boostDocument },
};
