import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Also those of types: a circle of types is one of what a reader has to know. */
const relativeImport = /\bfrom\s*'(\.{1,2}\/[^']+)'|\bimport\(\s*'(\.{1,2}\/[^']+)'/g;

/** By folder: the files of the circle that each file is in. */
const known = new Map();

/**
 * No file imports itself, by whatever detour, as far as files of its `src` go.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noCircles = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { circle: 'Imports in a circle: {{files}}. Move what both need into a file of its own.' },
  },
  create: (context) => ({
    Program(node) {
      const folder = context.filename.replace(/(?<=.*\/src)\/.*/, '');
      if (!known.has(folder)) known.set(folder, circles(folder));
      const circle = known.get(folder).get(context.filename);
      if (circle === undefined) return;
      const files = circle.map((file) => file.slice(folder.length + 1)).join(', ');
      context.report({ loc: node.loc.start, messageId: 'circle', data: { files } });
    },
  }),
};

/** @returns {ReadonlyMap<string, readonly string[]>} by file, all that import it and that it imports, by whatever detour */
function circles(folder) {
  const files = globSync('**/*.ts', { cwd: folder }).map((file) => join(folder, file));
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const reached = new Map(files.map((file) => [file, reachedFrom(file, imports)]));
  const inCircle = (file, other) => reached.get(file).has(other) && reached.get(other)?.has(file);
  const found = files.map((file) => [file, files.filter((other) => inCircle(file, other))]);
  return new Map(found.filter(([, circle]) => circle.length > 0));
}

function importsOf(file) {
  const matches = readFileSync(file, 'utf8').matchAll(relativeImport);
  return [...matches].map(([, name, late]) => resolve(dirname(file), name ?? late));
}

function reachedFrom(file, imports) {
  const reached = new Set();
  const open = [...(imports.get(file) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(imports.get(next) ?? []));
  }
  return reached;
}
