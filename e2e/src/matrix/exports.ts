import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const names = ['refresh-scheduler', 'secret-store', 'token-manager', 'temporal-auth', 'testing-fakes'];

/** What of Temporal's types our options are made of; to read its own takes seconds. */
const stub = {
  file: join(root, 'node_modules/@temporalio/client/stub-of-the-matrix.ts'),
  text: `export interface ConnectionOptions { readonly tls?: boolean | Tls | null }
    interface Tls { readonly serverNameOverride?: string; readonly serverRootCACertificate?: Uint8Array; readonly clientCertPair?: object }`,
};

/** What the packages export, and what of it the rows use. */
export interface Coverage {
  /** Every export that runs, `entry: name`; every option of those that have a row, `Interface.name`; and each word that one may be. */
  readonly all: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
}

/** Where each specifier of ours leads: the entries of the packages, and what is compiled into them. */
function entriesOf(folder: string): readonly (readonly [specifier: string, file: string])[] {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const { name, exports } = JSON.parse(text) as { name: string; exports: Record<string, unknown> };
  return Object.entries(exports).flatMap(([entry, target]) => {
    const source = (target as { readonly '@worker-auth/source'?: string })['@worker-auth/source'] ?? target;
    if (typeof source !== 'string' || !source.endsWith('.ts')) return [];
    return [[name + entry.slice(1), join(root, folder, source)] as const];
  });
}

/** Those of `tools/calls` are its files. */
function callsEntries(): readonly (readonly [specifier: string, file: string])[] {
  const folder = join(root, 'tools/calls/src');
  return globSync('**/*.ts', { cwd: folder }).map((file) => [
    `@worker-auth/calls/${file.slice(0, -3)}`,
    join(folder, file),
  ]);
}

/** The sources of the packages and of these files, without those of other packages; and where each entry is. */
export function programOf(rows: readonly string[]): {
  readonly program: ts.Program;
  readonly published: readonly (readonly [specifier: string, file: string])[];
} {
  const published = names.flatMap((name) => entriesOf(join('packages', name)));
  const ours = new Map([
    ...published,
    ...entriesOf('tools/internal'),
    ...entriesOf('tools/ports'),
    ...callsEntries(),
  ]).set('@temporalio/client', stub.file);
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ESNext, lib: ['lib.es2024.d.ts'], types: [], noEmit: true, strict: true },
    ...{ module: ts.ModuleKind.ESNext, allowImportingTsExtensions: true, skipLibCheck: true },
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containing) =>
    literals.map(({ text }) => {
      const file = text.startsWith('.') ? resolve(dirname(containing), text) : ours.get(text);
      if (file === undefined) return { resolvedModule: undefined };
      return { resolvedModule: { resolvedFileName: file, extension: ts.Extension.Ts } };
    });
  const readFile = host.readFile.bind(host);
  host.readFile = (file) => (file === stub.file ? stub.text : readFile(file));
  return { program: ts.createProgram({ rootNames: [...ours.values(), ...rows], options, host }), published };
}

/**
 * Compares what the packages export with what the rows use.
 *
 * @param rows the files with the rows
 * @param isExcepted whether an export needs no row: nor do its options
 */
export function coverageOf(rows: readonly string[], isExcepted: (name: string) => boolean): Coverage {
  const { program, published } = programOf(rows);
  const reader = new Reader(program.getTypeChecker(), isExcepted);
  const entries = published.map(([specifier, file]) => [specifier, program.getSourceFile(file)] as const);
  for (const [specifier, file] of entries) reader.readExports(specifier, file);
  for (const [, file] of entries) reader.readOptions(file);
  for (const row of rows) reader.readRow(program.getSourceFile(row));
  return reader;
}

class Reader implements Coverage {
  readonly all = new Set<string>();
  readonly used = new Set<string>();
  readonly #checker: ts.TypeChecker;
  /** By the declarations. */
  readonly #exports = new Map<ts.Symbol, string[]>();
  readonly #isExcepted: (name: string) => boolean;
  readonly #seen = new Set<ts.Type>();

  constructor(checker: ts.TypeChecker, isExcepted: (name: string) => boolean) {
    this.#checker = checker;
    this.#isExcepted = isExcepted;
  }

  readExports(specifier: string, file: ts.SourceFile | undefined): void {
    const entry = specifier.replace('@worker-auth/', '');
    for (const exported of this.#exportsOf(file)) {
      const symbol = this.#declared(exported);
      // A type is nothing that runs.
      if (!isValue(symbol)) continue;
      const name = `${entry}: ${exported.name}`;
      this.all.add(name);
      this.#exports.set(symbol, [...(this.#exports.get(symbol) ?? []), name]);
    }
  }

  /** The options that functions and classes take. */
  readOptions(file: ts.SourceFile | undefined): void {
    for (const symbol of this.#exportsOf(file).map((exported) => this.#declared(exported))) {
      const names = this.#exports.get(symbol) ?? [];
      const isExcepted = names.every((name) => this.#isExcepted(name) || name.startsWith('testing-fakes: '));
      if (file !== undefined && names.length > 0 && !isExcepted)
        this.#readParameters(this.#checker.getTypeOfSymbolAtLocation(symbol, file), file);
    }
  }

  /** Notes which exports a source of the rows names, and which options its objects have. */
  readRow(file: ts.SourceFile | undefined): void {
    const visit = (node: ts.Node): void => {
      const symbol = ts.isIdentifier(node) && !isImported(node) && this.#checker.getSymbolAtLocation(node);
      if (symbol !== false && symbol !== undefined) this.#use(this.#declared(symbol));
      if (ts.isObjectLiteralExpression(node)) this.#readObject(node);
      ts.forEachChild(node, visit);
    };
    if (file !== undefined) visit(file);
  }

  #exportsOf(file: ts.SourceFile | undefined): readonly ts.Symbol[] {
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`An entry has no source: ${file?.fileName}`);
    return this.#checker.getExportsOfModule(module);
  }

  #use(symbol: ts.Symbol): void {
    for (const name of this.#exports.get(symbol) ?? []) this.used.add(name);
  }

  #declared(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }

  #readParameters(type: ts.Type, at: ts.Node): void {
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()])
      for (const parameter of signature.getParameters())
        this.#readOptions(this.#checker.getTypeOfSymbolAtLocation(parameter, at), at);
    // Objects of functions, as the presets are.
    if (type.getSymbol()?.name !== '__object') return;
    for (const property of type.getProperties())
      this.#readParameters(this.#checker.getTypeOfSymbolAtLocation(property, at), at);
  }

  /** Each option that a type has, and those of the options in it; ports, which have methods, have none. */
  #readOptions(type: ts.Type, at: ts.Node): void {
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    if (type.isUnion()) {
      for (const one of type.types) this.#readOptions(one, at);
      return;
    }
    if ((type.flags & ts.TypeFlags.Object) === 0 || type.getCallSignatures().length > 0) return;
    const properties = type.getProperties().filter(isOurs);
    if (properties.some(({ flags }) => (flags & ts.SymbolFlags.Method) !== 0)) return;
    for (const property of properties) {
      const inner = this.#checker.getTypeOfSymbolAtLocation(property, at);
      for (const name of optionNames(property))
        for (const one of [name, ...wordsOf(inner).map((word) => `${name}: ${word}`)]) this.all.add(one);
      this.#readOptions(inner, at);
    }
  }

  #readObject(literal: ts.ObjectLiteralExpression): void {
    const type = this.#checker.getContextualType(literal);
    if (type === undefined) return;
    // What is written here counts too where something of Temporal's is spread beside it: the type of the whole is not known then.
    const written = literal.properties.flatMap(
      ({ name }) => (name && this.#checker.getSymbolAtLocation(name)) ?? [],
    );
    const given = new Set([...written, ...this.#checker.getTypeAtLocation(literal).getProperties()]);
    for (const one of given) {
      const words = wordsOf(this.#checker.getTypeOfSymbolAtLocation(one, literal));
      for (const asked of type.isUnion() ? type.types : [type]) {
        const property = asked.getProperty(one.name);
        for (const name of property === undefined ? [] : optionNames(property))
          for (const used of [name, ...words.map((word) => `${name}: ${word}`)]) this.used.add(used);
      }
    }
  }
}

function isValue({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Value) !== 0;
}

/** The texts that a value may be, where it is one of several. */
function wordsOf(type: ts.Type): readonly string[] {
  const types = type.isUnion() ? type.types : [type];
  return types.flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
}

function isImported(node: ts.Identifier): boolean {
  return ts.isImportSpecifier(node.parent) || ts.isImportClause(node.parent);
}

function isOurs({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((one) => !one.getSourceFile().fileName.includes('/node_modules/'));
}

/** `Interface.name` where the interface has a name; else that of the function, or of the property, around it. */
function optionNames({ name, declarations = [] }: ts.Symbol): readonly string[] {
  return declarations.flatMap(({ parent }) => {
    for (let around: ts.Node = parent; !ts.isSourceFile(around); around = around.parent) {
      const owner = nameOf(around);
      if (owner !== undefined) return [`${owner}.${name}`];
    }
    return [];
  });
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node.name.text;
  if (ts.isFunctionDeclaration(node)) return node.name?.text;
  return ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) ? node.name.text : undefined;
}
