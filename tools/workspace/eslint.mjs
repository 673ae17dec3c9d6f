import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import * as jsoncParser from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';
import { bundledPackages } from './bundled.mjs';
import { houseRules } from './house-rules.mjs';

/** What may import what: DESIGN's layers. `type:testing` is for tests alone, see `testConstraints`. */
const sourceConstraints = [
  { sourceTag: 'layer:leaf', onlyDependOnLibsWithTags: ['layer:internal'] },
  { sourceTag: 'layer:core', onlyDependOnLibsWithTags: ['layer:leaf', 'layer:internal'] },
  { sourceTag: 'layer:calls', onlyDependOnLibsWithTags: ['layer:leaf', 'layer:core', 'layer:internal'] },
  ...['layer:integration', 'layer:program'].map((sourceTag) => ({
    sourceTag,
    onlyDependOnLibsWithTags: ['layer:leaf', 'layer:core', 'layer:calls', 'layer:internal'],
  })),
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['layer:internal'] },
  // Compiled into whoever uses it, so it may not bring anything along.
  { sourceTag: 'layer:internal', onlyDependOnLibsWithTags: ['layer:internal'] },
  { sourceTag: 'type:private', onlyDependOnLibsWithTags: ['*'] },
];

/** Tests and configuration files may use the fakes and the workspace's own tools as well. */
const testConstraints = sourceConstraints.map(({ sourceTag, onlyDependOnLibsWithTags }) => ({
  sourceTag,
  onlyDependOnLibsWithTags: [
    ...onlyDependOnLibsWithTags,
    ...['type:testing', 'layer:tool'],
    // The doctor looks at an agent.
    ...(sourceTag === 'layer:integration' ? ['layer:program'] : []),
  ],
}));

const boundaries = (depConstraints) => [
  'error',
  { enforceBuildableLibDependency: false, allow: [], depConstraints, banTransitiveDependencies: true },
];

/**
 * The lint rules of every project.
 *
 * @param {string} projectRoot the project's folder (`import.meta.dirname` of its eslint.config.mjs)
 */
export function projectRules(projectRoot) {
  return [
    {
      ignores: [
        '**/dist',
        '**/publish',
        '**/out-tsc',
        '**/reports',
        '**/coverage',
        '**/site',
        '**/*.timestamp*',
      ],
    },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
    {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: projectRoot } },
      rules: {
        '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
        // With verbatimModuleSyntax, `import { type X } from 'm'` stays as `import 'm'` and loads the module.
        '@typescript-eslint/no-import-type-side-effects': 'error',
        '@typescript-eslint/explicit-module-boundary-types': 'error',
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
        '@typescript-eslint/switch-exhaustiveness-check': 'error',
      },
    },
    ...houseRules(projectRoot),
    { plugins: { '@nx': nx } },
    { files: ['**/*.ts'], rules: { '@nx/enforce-module-boundaries': boundaries(sourceConstraints) } },
    {
      files: ['tests/**', 'servers/**', 'soak/**', 'bench/**', '*.config.ts', '*.config.mjs'],
      rules: { '@nx/enforce-module-boundaries': boundaries(testConstraints) },
    },
    {
      files: ['*.config.ts', '*.config.mjs'],
      rules: { 'no-restricted-syntax': 'off', '@typescript-eslint/no-unsafe-assignment': 'off' },
    },
    {
      files: ['package.json'],
      languageOptions: { parser: jsoncParser },
      rules: {
        '@nx/dependency-checks': [
          'error',
          {
            ignoredFiles: ['{projectRoot}/{tests,soak,bench}/**', '{projectRoot}/*.config.*'],
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
    prettier,
  ];
}
