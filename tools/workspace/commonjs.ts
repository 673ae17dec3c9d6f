import { basename } from 'node:path';
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
 */
export function forCommonJs(manifest: Manifest): ForCommonJs {
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
    files: new Map(entries.flatMap(([, entry]) => filesOf(entry))),
  };
}

function forBoth(entry: Entry | string): unknown {
  if (typeof entry === 'string') return entry;
  const [[types], [code]] = filesOf(entry);
  return { require: { types, default: code }, ...entry };
}

function filesOf(entry: Entry): readonly [types: [string, string], code: [string, string]] {
  const module = `'./${basename(entry.default)}'`;
  return [
    [entry.types.replace(/\.ts$/, '.cts'), `// @ts-ignore TS1479\nexport * from ${module};\n`],
    [entry.default.replace(/\.js$/, '.cjs'), `module.exports = require(${module});\n`],
  ];
}
