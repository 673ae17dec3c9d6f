import ts from 'typescript';

/** What one call of a logger writes. */
export interface LogCall {
  readonly level: string;
  /** What is known of the text beforehand; `…` stands for the rest. */
  readonly message: string;
  /** The names of the fields beside it, sorted. */
  readonly fields: readonly string[];
}

const levels = ['trace', 'debug', 'info', 'warn', 'error'];

/**
 * The calls of Temporal's `Logger` in a package's sources, by the compiler's own knowledge of them: what can be one of a few texts is as many
 * calls.
 *
 * @param configFile the path of its tsconfig file
 */
export function logCalls(configFile: string): readonly LogCall[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile(configFile, {}, host);
  if (config === undefined) throw new Error(`${configFile} cannot be read`);
  const options = { ...config.options, types: [] };
  const program = ts.createProgram(config.fileNames, options, ownModules(options));
  const checker = program.getTypeChecker();
  return config.fileNames
    .flatMap((file) => descendants(program.getSourceFile(file)))
    .filter(ts.isCallExpression)
    .flatMap((call) => callsOf(call, checker));
}

/** Without what others declare, which takes many times as long to read. */
function ownModules(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const resolved = (name: string, importing: string): ts.ResolvedModuleWithFailedLookupLocations =>
    /^(?:\.|@worker-auth\/)/.test(name)
      ? ts.resolveModuleName(name, importing, options, host)
      : { resolvedModule: undefined };
  host.resolveModuleNameLiterals = (names, importing) => names.map(({ text }) => resolved(text, importing));
  return host;
}

function descendants(node: ts.Node | undefined): readonly ts.Node[] {
  const all: ts.Node[] = [];
  const visit = (one: ts.Node): void => {
    all.push(one);
    ts.forEachChild(one, visit);
  };
  if (node !== undefined) visit(node);
  return all;
}

function callsOf(call: ts.CallExpression, checker: ts.TypeChecker): readonly LogCall[] {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee) || !levels.includes(callee.name.text)) return [];
  const isLogger = checker.getTypeAtLocation(callee.expression).getSymbol()?.name === 'Logger';
  // One that is less than a whole `Logger` goes by its name.
  if (!isLogger && !/logger$/i.test(callee.expression.getText())) return [];
  const [message, meta] = call.arguments;
  if (message === undefined) return [];
  const fields =
    meta === undefined
      ? []
      : checker
          .getTypeAtLocation(meta)
          .getProperties()
          .map(({ name }) => name);
  return textsOf(message, checker).map((text) => ({
    level: callee.name.text.toUpperCase(),
    message: text,
    fields: fields.toSorted(),
  }));
}

/** The texts that an expression may have. */
function textsOf(node: ts.Expression, checker: ts.TypeChecker): readonly string[] {
  if (ts.isConditionalExpression(node)) {
    return [...textsOf(node.whenTrue, checker), ...textsOf(node.whenFalse, checker)];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return joined([textsOf(node.left, checker), textsOf(node.right, checker)]);
  }
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.flatMap(({ expression, literal }) => [
      textsOf(expression, checker),
      [literal.text],
    ]);
    return joined([[node.head.text], ...spans]);
  }
  const type = checker.getTypeAtLocation(node);
  const alternatives = type.isUnion() ? type.types : [type];
  return alternatives.map((one) => (one.isStringLiteral() ? one.value : '…'));
}

/** Every way of taking one text of each part. */
function joined(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce((texts, part) => texts.flatMap((text) => part.map((next) => text + next)), ['']);
}
