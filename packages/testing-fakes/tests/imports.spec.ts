import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../src', import.meta.url));

it('no source imports itself by way of others, not even for a type', async () => {
  const names = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const imports = new Map<string, readonly string[]>();
  for (const name of names) {
    const text = await readFile(join(sources, name), 'utf8');
    const specifiers = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier = '']) => specifier);
    imports.set(
      name,
      specifiers.map((specifier) => normalize(join(dirname(name), specifier))),
    );
  }
  const leadsTo = (from: string, found = new Set<string>()): ReadonlySet<string> => {
    for (const next of imports.get(from) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      leadsTo(next, found);
    }
    return found;
  };
  expect(leadsTo('index.ts').size).toBeGreaterThan(100);
  expect(names.filter((name) => leadsTo(name).has(name))).toEqual([]);
});
