import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');
const page = readFileSync(join(source, '../../../docs/contributing/sdk-internals.md'), 'utf8');

/** What the first column of the page names. */
const places = [...page.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = '']) => file),
);

/** What looks like it and is none, by file or room. */
const others: Readonly<Record<string, string>> = {
  'errors/worker-failure.ts': 'errors of ours, or like ours, by their `kind`',
  'doctor/': 'texts of others decide its advice alone',
  'agent/agent-metrics.ts': 'a meter of its own',
  'cli/command-line.ts': 'the name of an option',
  'conditions/conditions.ts': 'an entry of its own',
  'errors/translate.ts': 'an AbortError is one by its name',
  'tokens/verdicts.ts': 'a record of its own',
};

/** How a use of something looks that no declaration promises. */
function usesIn(file: string): readonly string[] {
  const uses: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isUse(node)) uses.push(node.getText().split('\n')[0] ?? '');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(source, file), 'utf8'), ts.ScriptTarget.Latest, true));
  return uses;
}

function isUse(node: ts.Node): boolean {
  // A private member, by its name.
  if (ts.isPropertyAccessExpression(node)) return node.name.text.startsWith('_');
  // A type that the value does not have, as far as is declared.
  if (ts.isAsExpression(node)) return isUndeclared(node.type) || isUnknown(node.expression);
  // A member of another's object is replaced.
  if (ts.isCallExpression(node)) {
    const [target] = node.arguments;
    const isReplacing = /^(?:Object\.(?:create|defineProperty|assign)|Reflect\.(?:get|set))$/.test(
      node.expression.getText(),
    );
    return isReplacing && target !== undefined && ts.isIdentifier(target);
  }
  // A text of somebody else's error or log.
  if (ts.isBinaryExpression(node)) {
    const isComparison = node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken;
    return isComparison && /(?:\.name|message)$/.test(node.left.getText());
  }
  if (ts.isRegularExpressionLiteral(node)) return /^(?!.*BEGIN).*[A-Za-z]{3} [A-Za-z]{2}/.test(node.text);
  return (ts.isIdentifier(node) || ts.isStringLiteral(node)) && node.text === 'channelFactoryOverride';
}

/** But for the code that errors of Node have. */
function isUndeclared(type: ts.TypeNode): boolean {
  return ts.isTypeLiteralNode(type) && type.members.some(({ name }) => name?.getText() !== 'code');
}

function isUnknown(node: ts.Node): boolean {
  return ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.UnknownKeyword;
}

it('the page names each file that uses what no declaration promises', () => {
  const found = globSync('**/*.ts', { cwd: source }).map((file) => ({ file, uses: usesIn(file) }));
  const unnamed = found.filter(
    ({ file, uses }) =>
      uses.length > 0 && ![...places, ...Object.keys(others)].some((place) => file.startsWith(place)),
  );
  expect(unnamed).toEqual([]);
});

it('the page names files and specs that are there', () => {
  expect(places.length).toBeGreaterThan(10);
  const specs = [...page.matchAll(/`(e2e\/|tests\/|soak\/)([\w./-]+\.spec\.ts)`/g)].map(
    ([, root = '', spec = '']) => (root === 'e2e/' ? join('../../../e2e', spec) : join('..', root, spec)),
  );
  expect([...places, ...specs].filter((file) => !existsSync(join(source, file)))).toEqual([]);
});
