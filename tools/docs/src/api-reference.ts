import { join } from 'node:path';
import { Application, type Context, Converter, LogLevel, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { type EntryPoint, entryPoints } from './entry-points.ts';

/** Types of others that ours are made of, and where their makers describe them. */
const temporal = Object.fromEntries(
  ['client', 'common', 'worker'].map((name) => [
    `@temporalio/${name}`,
    { '*': `https://typescript.temporal.io/api/namespaces/${name}` },
  ]),
);

/**
 * Writes the reference of every public entry as Markdown.
 *
 * @param workspace the top of the repository
 * @param address of the repository, for people
 * @throws Error when there is a warning, which TypeDoc prints: a type that nobody can import for example
 */
export async function writeApiReference(workspace: string, target: string, address: string): Promise<void> {
  const entries = entryPoints(workspace);
  const options: TypeDocOptions & Partial<PluginOptions> = {
    ...referenceOptions(address),
    packagesRequiringDocumentation: [...new Set(entries.map(({ package: name }) => name))],
    entryPoints: entries.map(({ source }) => join(workspace, source)),
    basePath: workspace,
    displayBasePath: workspace,
  };
  const app = await Application.bootstrapWithPlugins(options);
  app.logger.level = LogLevel.Warn;
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    nameModules(context, entries);
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('The sources do not compile: npm run typecheck');
  app.validate(project);
  await app.outputs.writeOutput({ name: 'markdown', path: target }, project);
  const count = app.logger.errorCount + app.logger.warningCount;
  if (count > 0) throw new Error(`The API reference has ${count} faults, see above`);
}

function referenceOptions(address: string): TypeDocOptions & Partial<PluginOptions> {
  return {
    plugin: ['typedoc-plugin-markdown'],
    name: 'API reference',
    readme: 'none',
    tsconfig: join(import.meta.dirname, '../tsconfig.api.json'),
    // `npm run typecheck` does that.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate: `${address}/blob/{gitRevision}/{path}#L{line}`,
    externalSymbolLinkMappings: temporal,
    sort: ['alphabetical'],
    // What one calls stands first.
    groupOrder: ['Functions', 'Classes', 'Variables', '*'],
    sortEntryPoints: false,
    entryFileName: 'index',
    excludeScopesInPaths: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    pageTitleTemplates: { index: 'API reference', member: '{name}', module: '{name}' },
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
