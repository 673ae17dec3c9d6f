import { globSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { workspaceEntries } from '../related-specs.ts';

const root = join(import.meta.dirname, '../../..');
const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;

it('an editor shows what each public constructor does', () => {
  // The agent is a program, and exports none.
  const manifests = globSync(join(root, 'packages/!(agent)/package.json'));
  const entries = [...workspaceEntries(manifests).values()].filter((entry) => entry.endsWith('.ts'));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    customConditions: ['@worker-auth/source'],
    allowImportingTsExtensions: true,
    types: [],
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const classes = entries
    .flatMap((entry) => {
      const source = program.getSourceFile(entry);
      const module = source && checker.getSymbolAtLocation(source);
      return module === undefined ? [] : checker.getExportsOfModule(module);
    })
    .filter((exported) => !exported.declarations?.some((declaration) => isTypeOnly(declaration)))
    .map((exported) =>
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported,
    )
    .filter(({ flags }) => flags & ts.SymbolFlags.Class);
  const constructors = [...new Set(classes)].flatMap((each) =>
    checker
      .getTypeOfSymbol(each)
      .getConstructSignatures()
      .filter(({ declaration }) => !declaration || !(ts.getCombinedModifierFlags(declaration) & hidden))
      .map((signature) => [each.name, signature.getDocumentationComment(checker).length > 0] as const),
  );
  expect(constructors.length).toBeGreaterThan(30);
  expect(constructors.filter(([, isDocumented]) => !isDocumented)).toEqual([]);
});

function isTypeOnly(declaration: ts.Declaration): boolean {
  return (
    ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly)
  );
}
