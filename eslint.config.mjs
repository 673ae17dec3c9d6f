import nx from '@nx/eslint-plugin';
import * as parser from 'jsonc-eslint-parser';
import { bundledPackages } from './tools/workspace/bundled.mjs';

/** Of the manifests alone, which oxlint does not read: see oxlint.config.ts for the sources. */
export default [
  {
    files: ['packages/*/package.json'],
    // Everything is compiled into the program.
    ignores: ['packages/agent/**'],
    plugins: { '@nx': nx },
    languageOptions: { parser },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: ['{projectRoot}/{tests,servers,soak,bench}/**', '{projectRoot}/*.config.*'],
          // Compiled in, see tools/internal, tools/calls, tools/ports and bundled.mjs: nothing that a user of the package installs.
          ignoredDependencies: [
            '@worker-auth/internal',
            '@worker-auth/ports',
            '@worker-auth/calls',
            ...bundledPackages,
            // Of `tools/calls`, which `temporal-auth` compiles in.
            '@temporalio/envconfig',
          ],
        },
      ],
    },
  },
];
