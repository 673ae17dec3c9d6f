import ts from 'typescript';
import { programOf } from './exports.ts';

/** Each value that can be said on its own: `tls.certFile` and so on. What is Temporal's, Node's or a function counts once. */
function leavesOf(
  checker: ts.TypeChecker,
  type: ts.Type,
  path: string,
  seen: readonly ts.Type[] = [],
): string[] {
  const whole = checker.getNonNullableType(type);
  // Nothing but `undefined` may be given.
  if ((whole.flags & ts.TypeFlags.Never) !== 0) return [];
  const parts = whole.isUnion() ? whole.types : [whole];
  const inner = parts.flatMap((part) => {
    const properties = part.getProperties();
    const isOurs =
      part.getCallSignatures().length === 0 &&
      properties.length > 0 &&
      !seen.includes(part) &&
      properties.every((one) => isOption(one)) &&
      ((part.flags & ts.TypeFlags.Object) !== 0 || part.isIntersection());
    if (!isOurs) return [];
    return properties.flatMap((property) =>
      leavesOf(
        checker,
        checker.getTypeOfSymbol(property),
        path === '' ? property.name : `${path}.${property.name}`,
        [...seen, part],
      ),
    );
  });
  return inner.length === 0 ? [path] : inner;
}

/** Whether it is a property of an interface of these packages. */
function isOption({ declarations = [] }: ts.Symbol): boolean {
  return declarations.every(
    (one) =>
      (ts.isPropertySignature(one) || ts.isMappedTypeNode(one.parent)) &&
      /[\\/](?:packages|tools)[\\/](?!.*node_modules)/.test(one.getSourceFile().fileName),
  );
}

/** Everything that `temporalAuth` and the functions of its credentials can be told. */
export function settableValues(): ReadonlySet<string> {
  const { program, published } = programOf([]);
  const checker = program.getTypeChecker();
  const [, file = ''] = published.find(([specifier]) => specifier === '@worker-auth/temporal-auth') ?? [];
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
  const names = /^(?:TemporalAuth|ClientSecret|PrivateKey|Assertion|Certificate|Dapr|Environment)Options$/;
  const leaves = checker
    .getExportsOfModule(module)
    .filter(({ name }) => names.test(name))
    .flatMap((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      return leavesOf(checker, checker.getDeclaredTypeOfSymbol(symbol), '');
    });
  return new Set(leaves);
}
