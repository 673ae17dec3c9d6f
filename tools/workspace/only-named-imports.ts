import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** `import "./chunk-AHVIIV47.js";`, which esbuild writes to keep the order in which chunks run. */
const bareImport = /^import "\.\/[^"]+";$/gm;

/**
 * Takes imports without a name out of the built files: a package with `sideEffects: false` says that they do nothing, and bundlers warn of the
 * contradiction. The lines stay, for the source maps.
 */
export const onlyNamedImports: Plugin = {
  name: 'only-named-imports',
  setup(build) {
    build.onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles.filter(({ path }) => path.endsWith('.js'))) {
        file.contents = new TextEncoder().encode(file.text.replaceAll(bareImport, ''));
      }
    });
  },
};
