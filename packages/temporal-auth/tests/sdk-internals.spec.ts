import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const workspace = join(import.meta.dirname, '../../..');
const page = readFileSync(join(workspace, 'docs/contributing/sdk-internals.md'), 'utf8');

/** The sources, by what files of theirs are called on the page. */
const roots = {
  '': 'packages/temporal-auth/src',
  'agent/': 'packages/agent/src',
  'calls/': 'tools/calls/src',
} as const;

/** What the first column of the page names. */
const places = [...page.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = '']) => file),
);

/** What looks like it and is none, by file or room. */
const others: Readonly<Record<string, string>> = {
  'worker/worker-failure.ts': 'errors of ours, or like ours, by their `kind`',
  'doctor/': 'texts of others decide its advice alone',
  'agent/agent-metrics.ts': 'a meter of its own',
  'calls/command-line.ts': 'the name of an option',
  'cli/examined-program.ts': 'the name of a check',
  'calls/conditions/conditions.ts': 'an entry of its own',
  'calls/errors/translate.ts': 'an AbortError is one by its name',
  'calls/tokens/verdicts.ts': 'a record of its own',
};

/** How a use of something looks that no declaration promises. */
function usesIn(path: string): readonly string[] {
  const uses: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isUse(node)) uses.push(node.getText().split('\n')[0] ?? '');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
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
  const found = Object.entries(roots).flatMap(([prefix, root]) =>
    globSync('**/*.ts', { cwd: join(workspace, root) }).map((file) => ({
      file: prefix + file,
      uses: usesIn(join(workspace, root, file)),
    })),
  );
  const unnamed = found.filter(
    ({ file, uses }) =>
      uses.length > 0 && ![...places, ...Object.keys(others)].some((place) => file.startsWith(place)),
  );
  expect(unnamed).toEqual([]);
});

it('the page names files and specs that are there', () => {
  expect(places.length).toBeGreaterThan(10);
  const pathOf = (file: string): string => {
    const prefix = (['agent/', 'calls/'] as const).find((one) => file.startsWith(one)) ?? '';
    return join(roots[prefix], file.slice(prefix.length));
  };
  const specs = [...page.matchAll(/`((?:e2e|tests|soak|calls)\/[\w./-]+\.spec\.ts)`/g)].map(
    ([, spec = '']) => {
      if (spec.startsWith('e2e/')) return spec;
      return spec.startsWith('calls/') ? `tools/${spec}` : `packages/temporal-auth/${spec}`;
    },
  );
  const all = [...places.filter((place) => !place.endsWith('.spec.ts')).map(pathOf), ...specs];
  expect(all.filter((file) => !existsSync(join(workspace, file)))).toEqual([]);
});
