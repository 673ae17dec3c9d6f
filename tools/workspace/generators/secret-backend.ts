import { generateFiles, names, type Tree } from '@nx/devkit';
import { join } from 'node:path';

/** Options of {@link secretBackendGenerator}, see secret-backend.schema.json. */
export interface SecretBackendOptions {
  readonly name: string;
}

const folder = 'packages/secret-store';
const index = `${folder}/src/index.ts`;

/**
 * Makes a back end in `packages/secret-store` that reads secrets over HTTP, exports it, and adds a spec with the contract suite.
 *
 * @returns what is printed at the end: the steps that are left
 */
export function secretBackendGenerator(tree: Tree, { name }: SecretBackendOptions): () => void {
  const file = `${folder}/src/stores/${name}-store.ts`;
  if (tree.exists(file)) throw new Error(`${file} is there already`);
  const { className, propertyName } = names(name);
  generateFiles(tree, join(import.meta.dirname, 'files/secret-backend'), folder, {
    ...{ name, className, functionName: `${propertyName}Store` },
  });
  const line = `export { ${propertyName}Store, type ${className}StoreOptions } from './stores/${name}-store.ts';\n`;
  tree.write(index, `${tree.read(index, 'utf8') ?? ''}${line}`);
  return () => {
    console.log(`
Next:
  write the request of ${file}, and the server of tests/${name}-store.spec.ts that answers it
  npx nx test secret-store -- ${name}-store
  npx nx run secret-store:report -- --write
  a line in packages/secret-store/README.md and CHANGELOG.md`);
  };
}

// eslint-disable-next-line house/syntax -- Nx takes the default export
export default secretBackendGenerator;
