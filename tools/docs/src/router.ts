import {
  DocumentReflection,
  type PageDefinition,
  type ProjectReflection,
  type Reflection,
  StructureRouter,
} from 'typedoc';
import { homePage } from './pages.ts';

/**
 * Where the pages of the site are: a text where it is in the repository, what is public under `api/` and the name by which it is imported.
 */
export class SiteRouter extends StructureRouter {
  override buildPages(project: ProjectReflection): PageDefinition[] {
    return super.buildPages(project).map((page) => {
      // TypeDoc begins with the list of modules.
      const url = page.model === project ? 'api/index.html' : isHome(page.model) ? 'index.html' : page.url;
      this.fullUrls.set(page.model, url);
      return { ...page, url };
    });
  }

  override getIdealBaseName(reflection: Reflection): string {
    return reflection instanceof DocumentReflection
      ? pagePath(sourceOf(reflection)).replace(/\.html$/, '')
      : super.getIdealBaseName(reflection).replace(/^_?worker-auth\//, 'api/');
  }
}

/**
 * Where the page of a text is in the site.
 *
 * @param source the text, from the top of the repository
 */
export function pagePath(source: string): string {
  const path = source.replace(/^tools\/docs\//, '').replace(/\.md$/, '');
  return `${path.replace(/(^|\/)README$/, '$1index')}.html`;
}

function isHome(model: unknown): boolean {
  return model instanceof DocumentReflection && sourceOf(model) === homePage;
}

/** What `stagePages` says of it. */
function sourceOf({ frontmatter }: DocumentReflection): string {
  return String(frontmatter['path']);
}
