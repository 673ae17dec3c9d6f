import { defineConfig } from 'tsup';

/**
 * The build of every published package: ESM and declarations, one file per entry of `exports`.
 *
 * @param entry the sources, named as in the package's `exports`
 */
export function packageBuild(entry: string[] = ['src/index.ts']): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node22',
    dts: {
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
