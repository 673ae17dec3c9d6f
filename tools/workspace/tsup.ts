import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { bundledPackages } from './bundled.mjs';
import { thirdParty } from './third-party-plugin.ts';

/** Shared source and types that each package compiles into itself. */
const internal = /^@worker-auth\/(?:internal|ports|calls)(?:\/|$)/;

const bundled = new RegExp(`^(?:${bundledPackages.join('|')})(?:/|$)`);

/** `import "./chunk-AHVIIV47.js";`, which esbuild writes to keep the order in which chunks run. */
const bareImport = /^import "\.\/[^"]+";$/gm;

/**
 * Takes imports without a name out of the built files: a package with `sideEffects: false` says that they do nothing, and bundlers warn of the
 * contradiction. The lines stay, for the source maps.
 */
const onlyNamedImports: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'only-named-imports',
  setup(build) {
    build.onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles.filter(({ path }) => path.endsWith('.js'))) {
        file.contents = new TextEncoder().encode(file.text.replaceAll(bareImport, ''));
      }
    });
  },
};

/**
 * The build of every published package: ESM and declarations, one file per entry of `exports`, and what of others is compiled in.
 *
 * @param entry the sources, named as in the package's `exports`
 */
export function packageBuild(entry: string[] = ['src/index.ts']): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    noExternal: [internal, bundled],
    target: 'node22',
    dts: {
      // Relative imports too, or those inside the shared source would be left as they are.
      resolve: [internal, /^\.{1,2}\//],
      compilerOptions: {
        composite: false,
        declarationMap: false,
        customConditions: [],
        ignoreDeprecations: '6.0',
        // Its entries are a pattern, which the bundler of declarations cannot resolve.
        paths: { '@worker-auth/calls/*': [join(import.meta.dirname, '../calls/src/*.ts')] },
      },
    },
    sourcemap: true,
    esbuildPlugins: [thirdParty(process.cwd()), onlyNamedImports],
    clean: true,
  });
}

/**
 * The build of a program that needs nothing beside it: one file, with the sources of our packages and all of others compiled in.
 *
 * @param entry the source; the program has its name
 */
export function programBuild(entry: string): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: [entry],
    format: ['esm'],
    noExternal: [/./],
    splitting: false,
    minify: true,
    target: 'node22',
    esbuildPlugins: [thirdParty(process.cwd())],
    esbuildOptions: (options) => {
      options.conditions = ['@worker-auth/source'];
    },
    clean: true,
  });
}
