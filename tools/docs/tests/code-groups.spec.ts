import { expect, it } from 'vitest';
import { withTabs } from '../src/code-groups.ts';

const sh = (code: string): string => `\`\`\`sh\n${code}\n\`\`\`\n`;
const titles = (page: string): readonly string[] =>
  [...page.matchAll(/\[(\w+)\]\n(.*)/g)].map(([, title = '', line = '']) => `${title}: ${line}`);

it.each([
  ['npm install a @b/c', ['npm: npm install a @b/c', 'pnpm: pnpm add a @b/c', 'yarn: yarn add a @b/c']],
  [
    'npm install --save-dev a',
    ['npm: npm install --save-dev a', 'pnpm: pnpm add -D a', 'yarn: yarn add -D a'],
  ],
  ['npm install', ['npm: npm install', 'pnpm: pnpm install', 'yarn: yarn install']],
])('%s has a tab for each package manager', (command, expected) => {
  expect(titles(withTabs(`a\n\n${sh(command)}\nb\n`))).toEqual(expected);
});

it('leaves other commands as they are, and those beside an installation', () => {
  const page = `${sh('npx a')}\n${sh('npm install a\nnode a.ts')}`;
  expect(withTabs(page)).toBe(page);
});

it('gives blocks of several languages that follow one another a tab each', () => {
  const blocks = '```python\na = 1\n```\n\n```go\na := 1\n```\n';
  expect(titles(withTabs(`a\n\n${blocks}\nb\n`))).toEqual(['Python: a = 1', 'Go: a := 1']);
});

it.each(['```ts\na\n```\n\n```ts\nb\n```\n', '```ts\na\n```\n\nand\n\n```go\nb\n```\n'])(
  'leaves blocks of one language, and those with words between them: %j',
  (page) => {
    expect(withTabs(page)).toBe(page);
  },
);
