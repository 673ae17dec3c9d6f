import { basename } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './published-manifest.ts';

/** An entry of `exports` with declarations. */
interface Entry {
  readonly types: string;
  readonly default: string;
}

/** What projects that are CommonJS need of a package of ES modules. */
export interface ForCommonJs {
  /** The package.json, by which they find it. */
  readonly manifest: Manifest;
  /** Texts by their paths in the package. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Node's `require()` takes ES modules since 22.12, while TypeScript refuses to import one from CommonJS with `module` `node16` or `node18`
 * (TS1479), and with `commonjs` did not look into `exports` before version 6. So each entry has a file in CommonJS that hands on the one ES module, with
 * declarations that do the same, and fields that are older than `exports` lead to the declarations.
 *
 * @param read the text of a built file, by its path in the package
 */
export function forCommonJs(manifest: Manifest, read: (path: string) => string): ForCommonJs {
  const exports = Object.entries((manifest['exports'] ?? {}) as Readonly<Record<string, Entry | string>>);
  const entries = exports.filter((entry): entry is [string, Entry] => typeof entry[1] !== 'string');
  const main = entries.find(([name]) => name === '.');
  const others = entries.filter((entry) => entry !== main);
  const typesVersions = {
    '*': Object.fromEntries(others.map(([name, { types }]) => [name.slice(2), [types]])),
  };
  return {
    manifest: {
      ...manifest,
      ...(main === undefined ? {} : { types: main[1].types }),
      ...(others.length === 0 ? {} : { typesVersions }),
      exports: Object.fromEntries(exports.map(([name, entry]) => [name, forBoth(entry)])),
    },
    files: new Map(entries.flatMap(([, entry]) => filesOf(entry, exportNames(read(entry.default))))),
  };
}

function forBoth(entry: Entry | string): unknown {
  if (typeof entry === 'string') return entry;
  return { require: { types: typesOf(entry), default: codeOf(entry) }, ...entry };
}

function typesOf({ types }: Entry): string {
  return types.replace(/\.ts$/, '.cts');
}

function codeOf(entry: Entry): string {
  return entry.default.replace(/\.js$/, '.cjs');
}

function filesOf(entry: Entry, names: readonly string[]): readonly (readonly [string, string])[] {
  const module = `'./${basename(entry.default)}'`;
  // Never runs: by it Node knows the names for `import` of this file.
  const named = `0 && (module.exports = { ${names.join(', ')} });`;
  return [
    [typesOf(entry), `// @ts-ignore TS1479\nexport * from ${module};\n`],
    [codeOf(entry), `module.exports = require(${module});\n${named}\n`],
  ];
}

/**
 * The names that a built ES module exports.
 *
 * @throws Error for an export that does not say its names, as `export *` does not
 */
function exportNames(code: string): readonly string[] {
  const { statements } = ts.createSourceFile('built.js', code, ts.ScriptTarget.ESNext);
  const declarations = statements.filter((statement) => ts.isExportDeclaration(statement));
  return declarations.flatMap(({ exportClause }) => {
    if (exportClause === undefined || !ts.isNamedExports(exportClause))
      throw new Error('export * does not say what it exports');
    return exportClause.elements.map(({ name }) => name.text);
  });
}
