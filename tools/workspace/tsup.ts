import { defineConfig } from 'tsup';

/** Shared source that each package compiles into itself. */
const inlined = /^@worker-auth\/inlined(?:\/|$)/;

/**
 * The build of every published package: ESM and declarations, one file per entry of `exports`.
 *
 * @param entry the sources, named as in the package's `exports`
 */
export function packageBuild(entry: string[] = ['src/index.ts']): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    noExternal: [inlined],
    target: 'node22',
    dts: {
      // Relative imports too, or those inside the shared source would be left as they are.
      resolve: [inlined, /^\.{1,2}\//],
      compilerOptions: {
        composite: false,
        declarationMap: false,
        customConditions: [],
        ignoreDeprecations: '6.0',
      },
    },
    sourcemap: true,
    clean: true,
  });
}
