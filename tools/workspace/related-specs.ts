import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Specs of `npm run check` beside those that changed themselves: more would not be an inner loop. */
const maxSpecs = 20;

/** Imports of values: the compiler sees to those of types. */
const importOf =
  /\b(?:import|export)\s+(?!type\b)(?:[\w*{][^;'"]*?from\s*)?'([^']+)'|\bimport\(\s*'([^']+)'/g;

export interface RelatedSpecs {
  /** The specs that changed, then the nearest by imports. */
  readonly specs: readonly string[];
  /** How many more import what changed, by whatever detour. */
  readonly left: number;
}

/**
 * Specs that import what changed: first those that do so themselves, then those that do it through another file, and so on. They are those of
 * the projects of what changed; where these have none, those of others.
 *
 * @param root the top folder of the workspace; all files are absolute
 * @param entries what a name of the workspace stands for: `@worker-auth/internal/file` for example
 */
export function relatedSpecs(
  root: string,
  changed: readonly string[],
  files: readonly string[],
  entries: ReadonlyMap<string, string>,
): RelatedSpecs {
  const importers = importersOf(files, entries);
  const seen = new Set(changed);
  for (let level: readonly string[] = changed; level.length > 0;) {
    level = level.flatMap((file) => importers.get(file) ?? []).filter((file) => !seen.has(file));
    for (const file of level) seen.add(file);
  }
  const projects = new Set(changed.map((file) => projectFolder(root, file)));
  const all = [...seen].filter(isSpec);
  const near = all.filter((spec) => projects.has(projectFolder(root, spec)));
  const specs = (near.length > 0 ? near : all).slice(0, changed.filter(isSpec).length + maxSpecs);
  return { specs, left: all.length - specs.length };
}

/** The folder of the project that a file of the workspace belongs to, below `root`; such as `packages/token-manager`. */
export function projectFolder(root: string, file: string): string {
  const [first = '', second = ''] = relative(root, file).split(sep);
  return first === 'e2e' ? first : join(first, second);
}

/** By name of import, the source of each entry of the workspace's packages. */
export function workspaceEntries(manifests: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    manifests.flatMap((manifest) => {
      const { name, exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
      return Object.entries(exports).flatMap(([subpath, target]) => {
        const source = typeof target === 'string' ? target : (target['@worker-auth/source'] ?? '');
        const entry = name + subpath.slice(1);
        const file = resolve(dirname(manifest), source);
        if (!subpath.endsWith('/*')) return [[entry, file] as const];
        const [folder = '', ending = ''] = file.split('*');
        return globSync(`**/*${ending}`, { cwd: folder }).map(
          (path) => [entry.slice(0, -1) + path.slice(0, -ending.length), folder + path] as const,
        );
      });
    }),
  );
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

function importersOf(
  files: readonly string[],
  entries: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>();
  for (const file of files) {
    for (const [, name = '', late = ''] of readFileSync(file, 'utf8').matchAll(importOf)) {
      const wanted = name || late;
      const target = wanted.startsWith('.') ? resolve(dirname(file), wanted) : entries.get(wanted);
      if (target !== undefined) importers.set(target, [...(importers.get(target) ?? []), file]);
    }
  }
  return importers;
}

function isSpec(file: string): boolean {
  return file.endsWith('.spec.ts') && file.includes(`${sep}tests${sep}`);
}
