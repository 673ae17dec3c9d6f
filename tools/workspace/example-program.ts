import type { ExampleModules } from './example-ground.ts';
import type { ModuleKind, Statement } from 'typescript';

/** The file of an example, as it runs. */
export interface ExampleProgram {
  readonly name: string;
  readonly code: string;
}

/**
 * What runs of an example: the example, word for word, where Node can read it; else what a compiler makes of it. For `require` its imports are made
 * into calls of that, and the rest into an `async` function, since CommonJS awaits nothing at the top.
 */
export async function exampleProgram(
  code: string,
  modules: ExampleModules,
  hasUsing: boolean,
): Promise<ExampleProgram> {
  if (modules === 'import' && (hasUsing || !/\busing\b/.test(code))) return { name: 'example.ts', code };
  const { default: ts } = await import('typescript');
  const target = ts.ScriptTarget.ES2022;
  const compile = (text: string, module: ModuleKind): string =>
    ts.transpileModule(text, { compilerOptions: { target, module } }).outputText;
  if (modules === 'import') return { name: 'example.mjs', code: compile(code, ts.ModuleKind.ES2022) };
  const source = ts.createSourceFile('example.ts', code, target);
  const textOf = (statement: Statement): string => statement.getFullText(source);
  const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const rest = source.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const wrapped = [...imports.map(textOf), 'void (async () => {', ...rest.map(textOf), '})();'].join('\n');
  const here = "require('node:url').pathToFileURL(__filename).href";
  return {
    name: 'example.cjs',
    code: compile(wrapped, ts.ModuleKind.CommonJS).replaceAll('import.meta.url', here),
  };
}
