import { join, relative } from 'node:path';
import tseslint from 'typescript-eslint';
import { noCircles } from './no-circles.mjs';

const workspaceRoot = join(import.meta.dirname, '../..');

/** Files that read the host's clocks or set its timers, each with its reason. Everything else goes through a `Clock`. */
const timeFiles = {
  'tools/internal/src/clock.ts': 'the clock of the host',
  'packages/testing-fakes/src/host-time.ts': 'how long a case waits for a promise to be kept',
  'packages/testing-fakes/src/fake-clock.ts': 'lets promises settle between two timers',
  'packages/testing-fakes/src/cli/stamped.ts': 'a line on a terminal has the time of the host',
  'packages/testing-fakes/src/server/host-clock.ts': 'the clock of the host',
  'packages/testing-fakes/src/server/pause.ts': 'a slow answer is slow on the wire',
  'packages/testing-fakes/src/tls/sign-certificate.ts': 'a certificate is for the clock of the host',
  'packages/testing-fakes/src/contracts/**':
    'a contract waits for what a real implementation does in its own time',
};

/** Files whose constants are in capitals. */
const capitalConstants = ['packages/testing-fakes/tests/**'];

const timeMessage = 'Time is a port: go through a Clock.';
const timers = ['setTimeout', 'setInterval', 'setImmediate'];
const timerModules = ['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`]);
const testFrameworks = ['vitest', '@jest/globals', 'mocha', 'chai', 'node:test'];

const syntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'ExportAllDeclaration', message: 'Re-export by name.' },
  {
    selector: 'CallExpression[callee.property.name="listen"][arguments.length=1] > Literal[value=0]',
    message: 'Listen on 127.0.0.1, not on all addresses.',
  },
  {
    // A constructor has no other way to be private.
    selector:
      ':matches(PropertyDefinition, AccessorProperty, MethodDefinition:not([kind="constructor"]))[accessibility]',
    message: 'Use #private: what the compiler alone hides is seen by util.inspect.',
  },
  {
    selector: 'ImportExpression > Literal[value=/^\\.{1,2}\\u002F(?!.*\\.(?:ts|mjs)$)/]',
    message: 'Relative imports end in .ts: Node runs the sources as they are.',
  },
];

const publishedSyntax = [
  {
    selector: 'ObjectExpression > SpreadElement > ObjectExpression',
    message: 'Write the members where they belong: folding lines is no reason to spread.',
  },
  {
    selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
    message: 'A type that is none: declare what is used, or say after eslint-disable why it cannot be.',
  },
];

const timeSyntax = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: timeMessage },
  { selector: 'CallExpression[callee.name="Date"]', message: timeMessage },
];

const relativeImports = {
  regex: '^\\.{1,2}/(?!.*\\.(?:ts|mjs)$)',
  message: 'Relative imports end in .ts: Node runs the sources as they are.',
};

/** `npm run check` finds specs by what they import: through an index each would be found for each file. */
const ownIndex = {
  regex: '^(?:\\.{2}/)+src/index\\.ts$',
  message: 'Import the file that is tested.',
};

/** Local names say what they hold. */
const riddles = { custom: { regex: '^(?:on|of|own|told|tell|anew)$', match: false } };

const locals = [
  { selector: ['variable', 'parameter', 'function'], format: ['camelCase'], ...riddles },
  // An object of constants beside the type of the same name, which others write as an enum; a class that is loaded late.
  { selector: 'variable', modifiers: ['const'], format: ['camelCase', 'PascalCase'], ...riddles },
  { selector: 'parameter', modifiers: ['unused'], format: ['camelCase'], leadingUnderscore: 'allow' },
  { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null, ...riddles },
];

const naming = [
  { selector: 'default', format: ['camelCase'], leadingUnderscore: 'forbid', trailingUnderscore: 'forbid' },
  { selector: 'import', format: ['camelCase', 'PascalCase'] },
  { selector: 'typeLike', format: ['PascalCase'] },
  ...locals,
  // Names that somebody else chose: of the wire, of a header, of a variable of the environment.
  { selector: ['objectLiteralProperty', 'objectLiteralMethod', 'typeProperty', 'typeMethod'], format: null },
];

/** `eslint-disable` says why, after ` -- `. */
const directiveReason = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'Say after " -- " why the rule does not hold here.' },
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const isDirective = /^\s*eslint-disable/.test(comment.value);
        if (isDirective && !/\s--\s+\S/.test(comment.value))
          context.report({ loc: comment.loc, messageId: 'missing' });
      }
    },
  }),
};

/**
 * The rules of AGENTS.md that a linter can check.
 *
 * @param {string} projectRoot the project's folder
 * @returns {import("eslint").Linter.Config[]}
 */
export function houseRules(projectRoot) {
  const project = relative(workspaceRoot, projectRoot);
  const isPublished =
    project.startsWith('packages') || ['internal', 'calls'].some((name) => project === join('tools', name));
  return [
    {
      files: ['**/*.ts'],
      plugins: {
        '@typescript-eslint': tseslint.plugin,
        house: { rules: { 'directive-reason': directiveReason, 'no-circles': noCircles } },
      },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: {
        'house/directive-reason': 'error',
        'no-restricted-syntax': ['error', ...syntax],
        'no-restricted-imports': ['error', { patterns: [relativeImports] }],
        '@typescript-eslint/naming-convention': ['error', ...naming],
        '@typescript-eslint/prefer-readonly': 'error',
      },
    },
    {
      files: ['{tests,servers,soak}/**/*.ts'],
      rules: { 'no-restricted-imports': ['error', { patterns: [relativeImports, ownIndex] }] },
    },
    { files: ['src/**/*.ts'], rules: { 'house/no-circles': ['error', join(projectRoot, 'src')] } },
    { files: within(project, capitalConstants), rules: { '@typescript-eslint/naming-convention': 'off' } },
    ...(isPublished ? publishedRules(project) : []),
  ].filter(({ files }) => files.length > 0);
}

/** Of the sources that run at the users'; tests, tools and the end-to-end tests have the host's time. */
function publishedRules(project) {
  return [
    {
      files: ['src/**/*.ts'],
      ignores: within(project, Object.keys(timeFiles)),
      rules: {
        'no-restricted-globals': [
          'error',
          ...[...timers, 'performance'].map((name) => ({ name, message: timeMessage })),
        ],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: timeMessage },
          { object: 'AbortSignal', property: 'timeout', message: timeMessage },
          ...['hrtime', 'uptime'].map((property) => ({ object: 'process', property, message: timeMessage })),
          ...[...timers, 'performance'].map((property) => ({
            object: 'globalThis',
            property,
            message: timeMessage,
          })),
        ],
        'no-restricted-syntax': ['error', ...syntax, ...timeSyntax, ...publishedSyntax],
        'no-restricted-imports': [
          'error',
          {
            patterns: [relativeImports],
            paths: [
              ...timerModules.map((name) => ({ name, message: timeMessage })),
              ...testFrameworks.map((name) => ({ name, message: 'Sources know no test framework.' })),
              {
                name: 'zod',
                message: 'Take zod/mini: the build compiles in what of it is used, and of zod nearly all.',
              },
            ],
          },
        ],
      },
    },
    {
      files: ['src/**/index.ts'],
      rules: {
        'no-restricted-syntax': [
          'error',
          ...syntax,
          {
            selector: 'Program > :not(ExportNamedDeclaration[source])',
            message: 'An index re-exports by name, nothing more.',
          },
        ],
      },
    },
  ];
}

/** Those of the workspace's paths that lie in the project, as paths below it. */
function within(project, paths) {
  return paths.filter((path) => path.startsWith(`${project}/`)).map((path) => path.slice(project.length + 1));
}
