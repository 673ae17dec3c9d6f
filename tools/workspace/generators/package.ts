import { generateFiles, names, type Tree, updateJson, writeJson } from '@nx/devkit';
import { join } from 'node:path';

/** Options of {@link packageGenerator}, see package.schema.json. */
export interface PackageOptions {
  readonly name: string;
  readonly description: string;
  readonly layer: 'leaf' | 'core' | 'integration';
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

/** Whose settings a new package gets: the smallest one. */
const model = 'packages/refresh-scheduler';
const sameFiles = [
  'LICENSE',
  'eslint.config.mjs',
  'tsconfig.json',
  'tsconfig.lib.json',
  'tsconfig.spec.json',
  'vitest.config.ts',
];

/**
 * Makes a package in `packages/`, and takes it into the references of the workspace.
 *
 * @returns what is printed at the end: the steps that are left
 */
export function packageGenerator(tree: Tree, options: PackageOptions): () => void {
  const { name, description, layer } = options;
  const folder = join('packages', name);
  if (tree.exists(folder)) throw new Error(`${folder} is there already`);
  for (const file of sameFiles) tree.write(join(folder, file), read(tree, join(model, file)));
  const text = read(tree, join(model, 'package.json')).replaceAll('refresh-scheduler', name);
  const manifest = JSON.parse(text) as Manifest;
  const { build, stage, report, 'package-check': check, mutate } = manifest.scripts;
  const entry = { types: './dist/index.d.ts', import: './dist/index.js', default: './dist/index.js' };
  writeJson(tree, join(folder, 'package.json'), {
    ...manifest,
    ...{ version: '0.1.0', description, keywords: name.split('-'), files: ['dist', 'CHANGELOG.md'] },
    exports: {
      '.': { '@worker-auth/source': './src/index.ts', ...entry },
      './package.json': './package.json',
    },
    scripts: { build, stage, report, 'package-check': check, mutate },
    nx: { tags: [`layer:${layer}`] },
  });
  const { propertyName: functionName } = names(name);
  generateFiles(tree, join(import.meta.dirname, 'files/package'), folder, {
    ...{ name, description, functionName },
  });
  updateJson(tree, 'tsconfig.json', (config: { references: readonly { path: string }[] }) => ({
    ...config,
    references: [...config.references, { path: `./${folder}` }],
  }));
  return () => {
    console.log(`
Next:
  npm install
  npx nx run ${name}:report -- --write
  add "${name}" to e2e/src/registry/publish-all.ts and .github/workflows/release.yml
  add keywords to its package.json
  add it to README.md and to tools/workspace/tests/published-packages.spec.ts`);
  };
}

function read(tree: Tree, file: string): string {
  const text = tree.read(file, 'utf8');
  if (text === null) throw new Error(`${file} is missing`);
  return text;
}

// eslint-disable-next-line no-restricted-syntax -- Nx takes the default export
export default packageGenerator;
