import ts from 'typescript';
import type { Change, Machine } from './machines.ts';

/** Takes what each change tells: the machine, the number of the statement, its function, the object, and the states. */
export type Tell = (
  machine: string,
  statement: number,
  caller: string,
  owner: object | undefined,
  before: string,
  after: string,
) => void;

/** A change of state that was told of. `caller` is empty where an object begins. */
export interface ToldChange {
  readonly machine: string;
  readonly statement: number;
  readonly caller: string;
  readonly before: string;
  readonly after: string;
}

/** Where {@link withToldChanges} looks for a {@link Tell}. */
export const tellName = 'tellChangeOfState';

/** The source of a machine in which each statement that may change its state tells of it. */
export function withToldChanges(source: string, machine: Machine): string {
  return toldStatements(source, machine).reduceRight((text, { node, change, caller }, index) => {
    const { before = machine.state, after = machine.state } = change;
    const statement = source.slice(node.getStart(), node.end);
    const owner = machine.isObject ? 'this' : 'undefined';
    const told = `${JSON.stringify(machine.name)}, ${index}, ${JSON.stringify(caller)}, ${owner}, stateBefore, ${after}`;
    const replaced = `{ const stateBefore = ${before}; ${statement} globalThis.${tellName}?.(${told}); }`;
    return text.slice(0, node.getStart()) + replaced + text.slice(node.end);
  }, source);
}

/** How many statements may change its state. */
export function countChanges(source: string, machine: Machine): number {
  return toldStatements(source, machine).length;
}

interface ToldStatement {
  readonly node: ts.ExpressionStatement;
  readonly change: Change;
  /** The name of the function that it stands in. */
  readonly caller: string;
}

function toldStatements(source: string, machine: Machine): readonly ToldStatement[] {
  const file = ts.createSourceFile(machine.file, source, ts.ScriptTarget.Latest, true);
  const found: ToldStatement[] = [];
  const visit = (node: ts.Node, caller: string): void => {
    const inside = isNamedFunction(node) ? node.name.getText().replace('#', '') : caller;
    if (ts.isExpressionStatement(node)) {
      const change = machine.changes.find(({ starts }) => node.getText().startsWith(starts));
      if (change !== undefined) found.push({ node, change, caller: inside });
    }
    if (isHidden(node, machine))
      throw new Error(`${node.getText()} is no statement, and would not be told of`);
    ts.forEachChild(node, (child) => {
      visit(child, inside);
    });
  };
  visit(file, '');
  return found;
}

/** An assignment inside of something else. */
function isHidden(node: ts.Node, { changes }: Machine): boolean {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
  if (ts.isExpressionStatement(node.parent)) return false;
  return changes.some(({ starts }) => node.getText().startsWith(starts));
}

function isNamedFunction(
  node: ts.Node,
): node is ts.MethodDeclaration | (ts.FunctionDeclaration & { name: ts.Identifier }) {
  return ts.isMethodDeclaration(node) || (ts.isFunctionDeclaration(node) && node.name !== undefined);
}
