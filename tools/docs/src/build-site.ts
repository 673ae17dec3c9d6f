import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf } from '@worker-auth/workspace/repository';
import { Application, type Context, Converter, LogLevel, Renderer, type TypeDocOptions } from 'typedoc';

import { type EntryPoint, entryPoints } from './entry-points.ts';
import { withHeadingsInOrder } from './headings.ts';
import { setupParser } from './markdown-parser.ts';
import { findPages, groups } from './pages.ts';
import { SiteRouter } from './router.ts';
import { stagePages } from './stage-pages.ts';

/** Where the site is written to. */
export const siteFolder = join(import.meta.dirname, '../site');

/** Types of others that ours are made of, and where their makers describe them. */
const temporal = Object.fromEntries(
  ['client', 'common', 'worker'].map((name) => [
    `@temporalio/${name}`,
    { '*': `https://typescript.temporal.io/api/namespaces/${name}` },
  ]),
);

/**
 * Builds the site: every public entry, the READMEs and the guides, with one search over all of them.
 *
 * @param workspace the top of the repository
 * @throws Error when there is a warning, which TypeDoc prints: a link that leads nowhere, or a type that nobody can import
 */
export async function buildSite(workspace: string): Promise<void> {
  await using started = new AsyncDisposableStack();
  const target = await mkdtemp(join(tmpdir(), 'worker-auth-docs-'));
  started.defer(() => rm(target, { recursive: true }));
  const address = repositoryAddress(workspace);
  const projectDocuments = stagePages(findPages(workspace), { workspace, target, address });
  const entries = entryPoints(workspace);
  const app = await Application.bootstrap({
    ...siteOptions(address),
    packagesRequiringDocumentation: [...new Set(entries.map(({ package: name }) => name))],
    entryPoints: entries.map(({ source }) => join(workspace, source)),
    projectDocuments: [...projectDocuments],
    basePath: workspace,
    displayBasePath: workspace,
  });
  app.logger.level = LogLevel.Warn;
  app.renderer.defineRouter('site', SiteRouter);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    nameModules(context, entries);
  });
  app.renderer.on(Renderer.EVENT_END_PAGE, (page) => {
    page.contents = withHeadingsInOrder(page.contents ?? '');
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('The sources do not compile: npx nx run-many -t typecheck');
  app.validate(project);
  await app.generateDocs(project, siteFolder);
  const count = app.logger.errorCount + app.logger.warningCount;
  if (count > 0) throw new Error(`The site has ${count} faults, see above`);
}

/** The address of the repository, for people. */
export function repositoryAddress(workspace: string): string {
  const file = join(workspace, 'packages/temporal-auth/package.json');
  return addressOf(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof addressOf>[0]);
}

function siteOptions(address: string): TypeDocOptions {
  return {
    name: 'worker-auth',
    readme: 'none',
    tsconfig: join(import.meta.dirname, '../tsconfig.api.json'),
    // `nx typecheck` does that.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate: `${address}/blob/{gitRevision}/{path}#L{line}`,
    externalSymbolLinkMappings: temporal,
    router: 'site',
    groupOrder: groups,
    sort: ['documents-first', 'alphabetical'],
    sortEntryPoints: false,
    navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
    navigationLinks: { Repository: address },
    searchInComments: true,
    searchInDocuments: true,
    highlightLanguages: ['bash', 'diff', 'ini', 'json', 'python', 'shellscript', 'typescript', 'yaml'],
    markdownItLoader: setupParser,
    customCss: join(import.meta.dirname, 'site.css'),
    includeHierarchySummary: false,
    hideGenerator: true,
    // Of functions and variables TypeDoc would ask for members too, whose names may well say it all.
    requiredToBeDocumented: ['Class', 'Enum', 'Interface', 'TypeAlias'],
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      notDocumented: true,
    },
  };
}

/** By what users import, in place of the path of the source. */
function nameModules({ project }: Context, entries: readonly EntryPoint[]): void {
  for (const { name, source } of entries) {
    const path = source.replace(/(?:\/index)?\.ts$/, '');
    const module = project.children?.find((child) => child.name === path);
    if (module === undefined) throw new Error(`TypeDoc has no module ${path}`);
    module.name = name;
  }
}
