import { readFileSync } from 'node:fs';
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
 * Specs that import what changed: first those that do so themselves, then those that do it through another file, and so on. Of those that are
 * equally near, those of the same project come first.
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
  const projects = new Set(changed.map((file) => projectFolder(root, file)));
  const found: string[] = changed.filter(isSpec);
  const most = found.length + maxSpecs;
  for (let level: readonly string[] = changed; level.length > 0;) {
    const next = new Set(
      level.flatMap((file) => importers.get(file) ?? []).filter((file) => !seen.has(file)),
    );
    for (const file of next) seen.add(file);
    level = [...next];
    found.push(...level.filter(isSpec).sort((left, right) => rank(left) - rank(right)));
  }
  return { specs: found.slice(0, most), left: Math.max(0, found.length - most) };

  function rank(spec: string): number {
    return projects.has(projectFolder(root, spec)) ? 0 : 1;
  }
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
      return Object.entries(exports).map(([subpath, target]) => {
        const source = typeof target === 'string' ? target : (target['@worker-auth/source'] ?? '');
        return [`${name}${subpath.slice(1)}`, resolve(dirname(manifest), source)] as const;
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
