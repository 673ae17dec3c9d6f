import { join } from 'node:path';
import ts from 'typescript';
import { machines, type Machine } from './machines.ts';

const workspace = join(import.meta.dirname, '../../..');
const aliasName = 'StatesOfTheMachine';

/** The states of each machine by its name, as the compiler reads them out of the union that the code declares. */
export function declaredStates(): ReadonlyMap<string, readonly string[]> {
  const files = machines.map((machine) => join(workspace, machine.package, machine.file));
  const program = ts.createProgram({ rootNames: files, options, host: hostOf(files) });
  const checker = program.getTypeChecker();
  return new Map(
    machines.map((machine, index) => [machine.name, statesOf(machine, files[index] ?? '', program, checker)]),
  );
}

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  allowImportingTsExtensions: true,
  types: [],
};

/** Reads the files with the type behind them, and nothing of other packages: no state is declared there. */
function hostOf(files: readonly string[]): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const readFile = (name: string): string | undefined => {
    const machine = machines[files.indexOf(name)];
    const text = ts.sys.readFile(name);
    return machine === undefined ? text : `${text ?? ''}\ntype ${aliasName} = ${machine.states};\n`;
  };
  return {
    ...host,
    readFile,
    getSourceFile: (name, version) => {
      const text = readFile(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, version, true);
    },
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => ({
        resolvedModule: text.startsWith('.')
          ? { resolvedFileName: join(from, '..', text), extension: ts.Extension.Ts }
          : undefined,
      })),
  };
}

function statesOf(
  { name }: Machine,
  file: string,
  program: ts.Program,
  checker: ts.TypeChecker,
): readonly string[] {
  const alias = program.getSourceFile(file)?.statements.findLast(ts.isTypeAliasDeclaration);
  if (alias?.name.text !== aliasName) throw new Error(`The states of ${name} were not read`);
  const type = checker.getTypeAtLocation(alias.name);
  const members = type.isUnion() ? type.types : [type];
  return members.map((member) => {
    if (!member.isStringLiteral()) throw new Error(`${checker.typeToString(member)} is no state of ${name}`);
    return member.value;
  });
}
