import { basename, dirname, join } from 'node:path';
import type { Manifest } from './published-manifest.ts';

/** What of a source map changes. */
interface SourceMap {
  readonly mappings: string;
}

/** What an entry of `exports` leads to. */
type Target = string | { readonly [condition: string]: Target };

/**
 * The files of a package in which an entry, or a command, rejects each Node that is older than `engines` says: otherwise the first function that is
 * missing there fails somewhere, in an error about something else. An entry throws, and a command prints the sentence and ends with exit code 1.
 *
 * A command imports its program, which is in a file of its own, after it has looked: what it would import by name would be loaded before.
 *
 * @param read the text of a file, by its path in the package
 * @returns texts by their paths; nothing for a package without `engines`
 */
export function withNodeCheck(
  manifest: Manifest,
  read: (path: string) => string,
): ReadonlyMap<string, string> {
  const {
    engines,
    exports = {},
    bin = {},
  } = manifest as {
    readonly engines?: { readonly node?: string };
    readonly exports?: Target;
    readonly bin?: Readonly<Record<string, string>>;
  };
  const [, oldest] = /^>=(\d+)$/.exec(engines?.node ?? '') ?? [];
  if (oldest === undefined) return new Map();
  const files = new Map<string, string>();
  for (const path of codeFiles(exports)) {
    files.set(path, `if (${isOlder(oldest)}) throw new Error(${sentence(oldest)});\n${read(path)}`);
    if (path.endsWith('.js')) files.set(`${path}.map`, movedDown(read(`${path}.map`)));
  }
  for (const path of new Set(Object.values(bin))) {
    const program = `${basename(path, '.js')}-program.js`;
    files.set(join(dirname(path), program), read(path));
    files.set(path, command(oldest, program));
  }
  return files;
}

function codeFiles(target: Target): ReadonlySet<string> {
  if (typeof target === 'string') return new Set(/\.c?js$/.test(target) ? [target] : []);
  return new Set(Object.values(target).flatMap((part) => [...codeFiles(part)]));
}

/** Not on what is no Node, and says no version. */
function isOlder(oldest: string): string {
  return `Number.parseInt(globalThis.process?.versions?.node) < ${oldest}`;
}

function sentence(oldest: string): string {
  return `\`@worker-auth packages need Node.js ${oldest} or newer; this is \${process.versions.node}.\``;
}

function command(oldest: string, program: string): string {
  return `#!/usr/bin/env node
if (${isOlder(oldest)}) {
  console.error(${sentence(oldest)});
  process.exitCode = 1;
} else {
  await import('./${program}');
}
`;
}

/** The map of a file with one more line at its beginning. */
function movedDown(map: string): string {
  const parsed = JSON.parse(map) as SourceMap;
  return JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` });
}
