/** A package of others whose own declarations do not compile, and why: nothing that is declared here can mend it. */
export interface WrongDeclarations {
  readonly name: RegExp;
  readonly reason: string;
  /** The compilers that find it wrong. Default all. */
  readonly compilers?: readonly string[];
}

/** Those that are known. Any other that a compiler finds is a failure. */
const wrongDeclarations: readonly WrongDeclarations[] = [
  {
    name: /^@temporalio\/common$/,
    reason: 'names types of `ms`, which TypeScript does not find',
  },
  {
    name: /^@dapr\/dapr$/,
    reason: 'names types of `express` and `@js-temporal/polyfill`, which bring none',
  },
  {
    name: /^@(bufbuild\/protobuf|connectrpc\/connect)$/,
    reason: 'of `@dapr/dapr`: take `Uint8Array` for generic, as it is from TypeScript 5.7 on',
    compilers: ['5.6'],
  },
  {
    name: /^(@jsonjoy\.com\/.*|memfs)$/,
    reason:
      'of the bundler of `@temporalio/worker`: take `Buffer` for generic, as it is from TypeScript 5.7 on',
    compilers: ['5.6'],
  },
];

/** Those of the packages that this compiler is not known to find wrong. */
export function unknownOf(packages: readonly string[], compiler: string): readonly string[] {
  const isKnown = (found: string): boolean =>
    wrongDeclarations.some(
      ({ name, compilers }) => name.test(found) && (compilers?.includes(compiler) ?? true),
    );
  return packages.filter((found) => !isKnown(found));
}
