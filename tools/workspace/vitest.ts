import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Tests run on the sources of all packages, with nothing built: see `exports` in each package.json. No more than that: Node
 * gets these conditions too, and `import` would give a `require` of node_modules a module that it cannot use.
 */
const conditions = ['@worker-auth/source', 'node'];

/**
 * The test settings of every project. The JSON report is what the closing line of `npm test` counts.
 *
 * @param test settings of the one project, over the shared ones
 */
export function projectTests(test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: ['tests/**/*.spec.ts'],
      reporters: ['default', ['json', { outputFile: 'reports/vitest.json' }]],
      restoreMocks: true,
      ...test,
    },
  });
}
