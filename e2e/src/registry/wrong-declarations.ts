/** A package of others whose own declarations do not compile, and why: nothing that is declared here can mend it. */
export interface WrongDeclarations {
  readonly name: RegExp;
  /** For people. */
  readonly title: string;
  readonly reason: string;
  /** The compilers that find it wrong. Default all. */
  readonly compilers?: readonly string[];
}

/** Those that are known. Any other that a compiler finds is a failure. */
export const wrongDeclarations: readonly WrongDeclarations[] = [
  {
    name: /^@temporalio\/common$/,
    title: '`@temporalio/common`',
    reason: 'names types of `ms`, which TypeScript does not find',
  },
  {
    name: /^@dapr\/dapr$/,
    title: '`@dapr/dapr`',
    reason: 'names types of `express` and `@js-temporal/polyfill`, which bring none',
  },
  {
    name: /^@(bufbuild\/protobuf|connectrpc\/connect)$/,
    title: '`@bufbuild/protobuf`, `@connectrpc/connect`',
    reason: 'of `@dapr/dapr`: take `Uint8Array` for generic, as it is from TypeScript 5.7 on',
    compilers: ['5.6'],
  },
  {
    name: /^(@jsonjoy\.com\/.*|memfs)$/,
    title: '`@jsonjoy.com/*`',
    reason:
      'of the bundler of `@temporalio/worker`: take `Buffer` for generic, as it is from TypeScript 5.7 on',
    compilers: ['5.6'],
  },
];

/** Those of the packages that this compiler is not known to find wrong. */
export function unknownOf(packages: readonly string[], compiler: string): readonly string[] {
  return packages.filter((name) => knownOf(name, compiler) === undefined);
}

/** In words: `all`, or which declarations are not meant. */
export function declarationsSeen(packages: readonly string[], compiler: string): string {
  const titles = new Set(packages.map((name) => knownOf(name, compiler)?.title ?? name));
  return titles.size === 0 ? 'all' : `all but ${[...titles].join(', ')}`;
}

function knownOf(packageName: string, compiler: string): WrongDeclarations | undefined {
  return wrongDeclarations.find(
    ({ name, compilers }) => name.test(packageName) && (compilers?.includes(compiler) ?? true),
  );
}
