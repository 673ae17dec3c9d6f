import type { DummyRuleMap, OxlintConfig, OxlintOverride } from 'oxlint';

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

const projects = '{packages/*,tools/*,e2e}';

/** Sources that run at the users'; tests, tools and the end-to-end tests have the host's time. */
const published = '{packages/*,tools/internal,tools/calls}/src/**';

const timeMessage = 'Time is a port: go through a Clock.';
const timeGlobals = ['setTimeout', 'setInterval', 'setImmediate', 'performance'];
const timerModules = ['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`]);
const testFrameworks = ['vitest', '@jest/globals', 'mocha', 'chai', 'node:test'];

/** `npm run check` finds specs by what they import: through an index each would be found for each file. */
const ownIndex = { regex: '^(?:\\.{2}/)+src/index\\.ts$', message: 'Import the file that is tested.' };

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
    selector:
      ':matches(ImportDeclaration, ExportNamedDeclaration, ImportExpression) > Literal[value=/^\\.{1,2}\\u002F(?!.*\\.(?:ts|mjs)$)/]',
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
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: timeMessage },
  { selector: 'CallExpression[callee.name="Date"]', message: timeMessage },
];

const indexSyntax = {
  selector: 'Program > :not(ExportNamedDeclaration[source])',
  message: 'An index re-exports by name, nothing more.',
};

/** Local names say what they hold. */
const riddles = { custom: { regex: '^(?:on|of|own|told|tell|anew)$', match: false } };

const naming = [
  { selector: 'default', format: ['camelCase'], leadingUnderscore: 'forbid', trailingUnderscore: 'forbid' },
  { selector: 'import', format: ['camelCase', 'PascalCase'] },
  { selector: 'typeLike', format: ['PascalCase'] },
  { selector: ['variable', 'parameter', 'function'], format: ['camelCase'], ...riddles },
  // An object of constants beside the type of the same name, which others write as an enum; a class that is loaded late.
  { selector: 'variable', modifiers: ['const'], format: ['camelCase', 'PascalCase'], ...riddles },
  { selector: 'parameter', modifiers: ['unused'], format: ['camelCase'], leadingUnderscore: 'allow' },
  { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null, ...riddles },
  // Names that somebody else chose: of the wire, of a header, of a variable of the environment.
  { selector: ['objectLiteralProperty', 'objectLiteralMethod', 'typeProperty', 'typeMethod'], format: null },
];

const belowCore = ['layer:internal', 'layer:leaf'];
const belowCalls = [...belowCore, 'layer:core'];
const belowTop = [...belowCalls, 'layer:calls'];

/** What may import what: DESIGN's layers. */
const layers = {
  'layer:leaf': ['layer:internal'],
  'layer:core': belowCore,
  'layer:calls': belowCalls,
  'layer:integration': belowTop,
  'layer:program': belowTop,
  // Is for tests alone.
  'type:testing': ['layer:internal'],
  // Compiled into whoever uses it, so it may not bring anything along.
  'layer:internal': ['layer:internal'],
  'type:private': ['*'],
};

/** @param more what tests and configuration files may use as well */
function boundaries(more: (layer: string) => readonly string[] = () => []): DummyRuleMap {
  const depConstraints = Object.entries(layers).map(([sourceTag, tags]) => ({
    sourceTag,
    onlyDependOnLibsWithTags: [...tags, ...more(sourceTag)],
  }));
  return { '@nx/enforce-module-boundaries': ['error', { depConstraints, banTransitiveDependencies: true }] };
}

interface Rooms {
  /** The folders of the sources, lowest first: each may import those before it. */
  readonly rooms: readonly string[];
  /** What is above the rooms before the facade. */
  readonly doors?: readonly string[];
  /** Rooms that load no SDK. */
  readonly pure?: readonly string[];
  /** What no room may import. */
  readonly never?: readonly { readonly group: readonly string[] }[];
}

const withoutSdk = {
  group: ['@temporalio/*', '@grpc/*', '!@temporalio/worker', '!@temporalio/envconfig'],
  message: 'The agent has no SDK of Temporal beside it.',
};

const pureRoom = {
  group: ['@temporalio/*', '@grpc/*'],
  allowTypeImports: true,
  message: 'What only computes loads no SDK: whoever imports it would wait for that.',
};

const houses: Readonly<Record<string, Rooms>> = {
  'packages/temporal-auth': {
    rooms: ['settings', 'network', 'connection', 'delivery', 'worker', 'health', 'doctor', 'facade', 'cli'],
    doors: ['**/engine.ts', '**/plugin.ts'],
    pure: ['settings', 'health'],
  },
  'packages/testing-fakes': {
    rooms: [
      ...['given', 'leaks', 'tls', 'server', 'grpc', 'authorization', 'oauth', 'dapr', 'contracts'],
      ...['fakes', 'gateway', 'frontend', 'stack', 'cli'],
    ],
  },
  'packages/token-manager': { rooms: ['files', 'credentials', 'request', 'tokens'] },
  'tools/calls': {
    rooms: ['errors', 'conditions', 'settings', 'network', 'tokens', 'connections', 'delivery', 'metrics'],
    never: [withoutSdk],
  },
};

const roomRules = Object.entries(houses).flatMap(([project, { rooms, doors = [], pure = [], never = [] }]) =>
  rooms.map((room, index): OxlintOverride => {
    const above = rooms.slice(index + 1).flatMap((other) => [`**/${other}/**`, `**/${other}.ts`]);
    const group = [...above, ...(index < rooms.indexOf('facade') ? doors : [])];
    const patterns = [
      { group, message: `Imports go downwards: ${rooms.join(', ')}.` },
      ...never,
      ...(pure.includes(room) ? [pureRoom] : []),
    ].filter((pattern) => pattern.group.length > 0);
    return {
      files: [`${project}/src/${room}{/**/*,}.ts`],
      rules: { 'house/rooms': ['error', { patterns }] },
    };
  }),
);

function every(plugin: string, names: readonly string[]): DummyRuleMap {
  return Object.fromEntries(names.map((name) => [`${plugin}/${name}`, 'error']));
}

/** As `strictTypeChecked` of typescript-eslint has them, beside those of the category. */
const typed = every('typescript', [
  ...['explicit-module-boundary-types', 'no-array-constructor'],
  ...['no-confusing-void-expression', 'no-deprecated', 'no-dynamic-delete', 'no-empty-object-type'],
  ...['no-explicit-any', 'no-extraneous-class', 'no-generated-empty-object-type'],
  ...['no-import-type-side-effects', 'no-invalid-void-type', 'no-misused-promises', 'no-mixed-enums'],
  ...['no-namespace', 'no-non-null-asserted-nullish-coalescing', 'no-non-null-assertion'],
  ...['no-require-imports', 'no-unnecessary-boolean-literal-compare', 'no-unnecessary-condition'],
  ...['no-unnecessary-template-expression', 'no-unnecessary-type-arguments'],
  ...['no-unnecessary-type-assertion', 'no-unnecessary-type-constraint', 'no-unnecessary-type-conversion'],
  ...['no-unnecessary-type-parameters', 'no-unsafe-argument', 'no-unsafe-assignment', 'no-unsafe-call'],
  ...['no-unsafe-class-instance-assignment', 'no-unsafe-enum-assignment', 'no-unsafe-enum-comparison'],
  ...['no-unsafe-function-type', 'no-unsafe-member-access', 'no-unsafe-return', 'no-useless-constructor'],
  ...['only-throw-error', 'prefer-literal-enum-member', 'prefer-promise-reject-errors', 'prefer-readonly'],
  ...['prefer-reduce-type-parameter', 'prefer-return-this-type', 'related-getter-setter-pairs'],
  ...['require-await', 'switch-exhaustiveness-check', 'unified-signatures'],
  ...['use-unknown-in-catch-callback-variable'],
]);

const config: OxlintConfig = {
  plugins: ['typescript'],
  jsPlugins: [
    { name: 'house', specifier: './tools/workspace/house-rules.mjs' },
    { name: '@nx', specifier: '@nx/eslint-plugin' },
  ],
  categories: { correctness: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  // Projects of their own, as downstream has them: each under the rules of its framework, and none of ours.
  ignorePatterns: ['examples', 'e2e/hello-world'],
  rules: {
    ...every('eslint', [
      ...['no-case-declarations', 'no-empty', 'no-fallthrough', 'no-prototype-builtins'],
      ...['no-regex-spaces', 'no-useless-assignment', 'no-var', 'prefer-const', 'prefer-rest-params'],
      ...['prefer-spread', 'preserve-caught-error'],
    ]),
    'no-irregular-whitespace': ['error', { skipRegExps: false, skipTemplates: false }],
    'no-unused-vars': ['error', { argsIgnorePattern: '^$', varsIgnorePattern: '^$' }],
    'typescript/require-array-sort-compare': 'off',
  },
  overrides: [
    { files: ['**/*.{js,mjs}'], rules: { 'no-redeclare': 'error', 'no-undef': 'error' } },
    { files: ['**/*.mjs'], env: { node: true } },
    { files: ['e2e/src/demo/page/*.js'], env: { browser: true } },
    {
      files: ['**/*.ts'],
      rules: {
        ...typed,
        // The compiler does that.
        'no-setter-return': 'off',
        'typescript/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
        'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
        'typescript/restrict-plus-operands': [
          'error',
          {
            allowAny: false,
            allowBoolean: false,
            allowNullish: false,
            allowNumberAndString: false,
            allowRegExp: false,
          },
        ],
        'typescript/restrict-template-expressions': ['error', { allowNumber: true }],
        'typescript/return-await': ['error', 'error-handling-correctness-only'],
        'house/directive-reason': 'error',
        'house/syntax': ['error', ...syntax],
        'house/naming': ['error', ...naming],
        ...boundaries(),
      },
    },
    {
      files: [`${projects}/{tests,servers,soak}/**/*.ts`],
      rules: { 'no-restricted-imports': ['error', { patterns: [ownIndex] }] },
    },
    { files: [`${projects}/src/**/*.ts`], rules: { 'house/no-circles': 'error' } },
    // Their constants are in capitals.
    { files: ['packages/testing-fakes/tests/**'], rules: { 'house/naming': 'off' } },
    {
      files: [`${published}/*.ts`],
      excludeFiles: Object.keys(timeFiles),
      rules: {
        'no-restricted-globals': [
          'error',
          { globals: timeGlobals.map((name) => ({ name, message: timeMessage })), checkGlobalObject: true },
        ],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: timeMessage },
          { object: 'AbortSignal', property: 'timeout', message: timeMessage },
          ...['hrtime', 'uptime'].map((property) => ({ object: 'process', property, message: timeMessage })),
        ],
        'house/syntax': ['error', ...syntax, ...publishedSyntax],
        'no-restricted-imports': [
          'error',
          {
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
      files: [`${published}/index.ts`],
      rules: { 'house/syntax': ['error', ...syntax, indexSyntax] },
    },
    { files: ['tools/calls/src/*.ts'], rules: { 'house/rooms': ['error', { patterns: [withoutSdk] }] } },
    ...roomRules,
    {
      files: [`${projects}/{tests,servers,soak,bench}/**`, `${projects}/*.config.ts`],
      // The doctor looks at an agent.
      rules: boundaries((layer) => [
        ...['type:testing', 'layer:tool'],
        ...(layer === 'layer:integration' ? ['layer:program'] : []),
      ]),
    },
    {
      files: [`${projects}/*.config.ts`, '*.config.ts'],
      rules: {
        'house/syntax': ['error', ...syntax.slice(1)],
        'typescript/no-unsafe-assignment': 'off',
      },
    },
    {
      // VitePress reads its settings and its theme from default exports; Vite resolves the style sheet.
      files: ['tools/docs/.vitepress/**'],
      rules: { 'house/syntax': 'off' },
    },
  ],
};

export default config;
