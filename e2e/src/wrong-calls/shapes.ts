import ts from 'typescript';
import { programOf } from '../matrix/exports.ts';

/** What a parameter or an option may be. */
export interface Shape {
  /** Something of its type. */
  readonly sample: unknown;
  readonly isOptional: boolean;
  /** Of each of its options, also of those that may be left out. */
  readonly options: Readonly<Record<string, Shape>>;
}

/** What can be called. */
export interface Callable {
  /** `undefined` for a class that only its own functions make, and for an object. */
  readonly parameters: readonly Shape[] | undefined;
  /** Of what it gives, or makes. */
  readonly methods: Readonly<Record<string, Callable>>;
  /** Of the class itself, or of the functions of an object. */
  readonly members: Readonly<Record<string, Callable>>;
}

/** By the name of an option or a parameter: what no type says. */
export type Samples = Readonly<Record<string, unknown>>;

/** Given in each call that has them, though they may be left out: what waits must not wait long. */
const alwaysGiven = new Set([
  'startupTimeoutMs',
  'dapr',
  'timeoutMs',
  'bootTimeoutMs',
  'newTokenTimeoutMs',
  'connectTimeoutMs',
]);

/** How deep options have options. */
const maxDepth = 3;

/** What each export of each entry takes, by `specifier` and name. Error classes are left out. */
export function callablesOf(samples: Samples): ReadonlyMap<string, ReadonlyMap<string, Callable>> {
  const { program, published } = programOf([]);
  const reader = new Reader(program.getTypeChecker(), samples);
  return new Map(
    published.map(([specifier, file]) => [specifier, reader.readEntry(program.getSourceFile(file))]),
  );
}

class Reader {
  readonly #checker: ts.TypeChecker;

  readonly #samples: Samples;

  constructor(checker: ts.TypeChecker, samples: Samples) {
    this.#checker = checker;
    this.#samples = samples;
  }

  readEntry(file: ts.SourceFile | undefined): ReadonlyMap<string, Callable> {
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`An entry has no source: ${file?.fileName}`);
    const callables = new Map<string, Callable>();
    for (const exported of this.#checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? this.#checker.getAliasedSymbol(exported) : exported;
      if ((symbol.flags & ts.SymbolFlags.Value) === 0 || symbol.name.endsWith('Error')) continue;
      callables.set(exported.name, this.#callable(this.#checker.getTypeOfSymbol(symbol)));
    }
    return callables;
  }

  #callable(type: ts.Type, depth = 0): Callable {
    const signatures = [...type.getConstructSignatures(), ...type.getCallSignatures()].filter(isPublic);
    const [signature] = signatures.toSorted((one, other) => other.parameters.length - one.parameters.length);
    const result = signature && this.#awaited(signature.getReturnType());
    return {
      parameters: signature?.parameters.map((one) => this.#shapeOf(one)),
      methods: result === undefined || depth > 1 ? {} : this.#callablesIn(result, depth + 1),
      members: depth > 0 ? {} : this.#callablesIn(type, depth + 1),
    };
  }

  #callablesIn(type: ts.Type, depth: number): Readonly<Record<string, Callable>> {
    const isOurs = ({ declarations = [] }: ts.Symbol): boolean =>
      declarations.some((one) => !one.getSourceFile().fileName.includes('/node_modules/'));
    const callables = type.getProperties().flatMap((property) => {
      const inner = this.#checker.getTypeOfSymbol(property);
      if (!isOurs(property) || property.name.startsWith('__') || inner.getCallSignatures().length === 0)
        return [];
      return [[property.name, this.#callable(inner, depth)] as const];
    });
    return Object.fromEntries(callables);
  }

  #awaited(type: ts.Type): ts.Type {
    return this.#checker.getAwaitedType(type) ?? type;
  }

  #shapeOf(symbol: ts.Symbol, depth = 0): Shape {
    const type = this.#checker.getTypeOfSymbol(symbol);
    const parts = type.isUnion() ? type.types : [type];
    const objects = depth < maxDepth ? parts.filter((part) => isOptions(part)) : [];
    const properties = objects.flatMap((part) => part.getProperties());
    const options = properties.map((one) => [one.name, this.#shapeOf(one, depth + 1)] as const);
    const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
    return { sample: this.#sampleOf(type, symbol.name), isOptional, options: Object.fromEntries(options) };
  }

  #sampleOf(type: ts.Type, name: string, depth = 0): unknown {
    if (Object.hasOwn(this.#samples, name)) return this.#samples[name];
    const parts = type.isUnion() ? type.types : [type];
    const part = parts.find(({ flags }) => (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0);
    if (part === undefined || (part.flags & ts.TypeFlags.Any) !== 0) return undefined;
    if (part.isStringLiteral() || part.isNumberLiteral()) return part.value;
    if ((part.flags & ts.TypeFlags.StringLike) !== 0) return 'x';
    if ((part.flags & ts.TypeFlags.NumberLike) !== 0) return 1;
    if ((part.flags & ts.TypeFlags.BooleanLike) !== 0) return false;
    const [signature] = part.getCallSignatures();
    if (signature !== undefined) {
      const result = signature.getReturnType();
      const isAsync = result.getSymbol()?.name === 'Promise';
      const sample = depth > maxDepth ? undefined : this.#sampleOf(this.#awaited(result), '', depth + 1);
      return isAsync ? () => Promise.resolve(sample) : () => sample;
    }
    if (this.#checker.isArrayLikeType(part)) {
      const [element] = this.#checker.getTypeArguments(part as ts.TypeReference);
      return element === undefined ? [] : [this.#sampleOf(element, '', depth + 1)];
    }
    if (depth > maxDepth) return {};
    const needed = part
      .getProperties()
      .filter(
        ({ flags, name: option }) => (flags & ts.SymbolFlags.Optional) === 0 || alwaysGiven.has(option),
      );
    const entries = needed.map(
      (one) => [one.name, this.#sampleOf(this.#checker.getTypeOfSymbol(one), one.name, depth + 1)] as const,
    );
    return Object.fromEntries(entries);
  }
}

function isPublic({ declaration }: ts.Signature): boolean {
  const modifiers = declaration === undefined ? 0 : ts.getCombinedModifierFlags(declaration);
  return (modifiers & ts.ModifierFlags.NonPublicAccessibilityModifier) === 0;
}

/** Whether it has options of ours, and is no port, list or function. */
function isOptions(type: ts.Type): boolean {
  const properties = type.getProperties();
  return (
    ((type.flags & ts.TypeFlags.Object) !== 0 || type.isIntersection()) &&
    type.getCallSignatures().length === 0 &&
    properties.length > 0 &&
    properties.every(({ flags, declarations = [] }) => {
      const isOurs = declarations.every((one) => !one.getSourceFile().fileName.includes('/node_modules/'));
      return isOurs && (flags & ts.SymbolFlags.Method) === 0;
    })
  );
}
