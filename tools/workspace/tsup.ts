import { defineConfig } from 'tsup';
import { bundledPackages } from './bundled.mjs';
import { onlyNamedImports } from './only-named-imports.ts';
import { thirdParty } from './third-party-plugin.ts';

/** Shared source and types that each package compiles into itself. */
const internal = /^@worker-auth\/(?:internal|ports)(?:\/|$)/;

const bundled = new RegExp(`^(?:${bundledPackages.join('|')})(?:/|$)`);

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
      },
    },
    sourcemap: true,
    esbuildPlugins: [thirdParty(process.cwd()), onlyNamedImports],
    clean: true,
  });
}
