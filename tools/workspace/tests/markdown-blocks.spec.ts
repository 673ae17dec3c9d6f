import { expect, it } from 'vitest';
import { changeProse, codeBlocks } from '../markdown-blocks.ts';

const page = [
  '# Title',
  '',
  '```ts',
  'a',
  '```',
  '',
  '- item',
  '',
  '  ```sh',
  '  b',
  '    c',
  '  ```',
  '',
  '~~~',
  '```',
  '~~~',
  '',
].join('\n');

it('finds the blocks of a page, those of lists without their indent', () => {
  expect(codeBlocks(page)).toEqual([
    { language: 'ts', code: 'a\n', line: 3 },
    { language: 'sh', code: 'b\n  c\n', line: 9 },
    { language: '', code: '```\n', line: 14 },
  ]);
});

it('takes a longer fence to be no end of a shorter one', () => {
  expect(codeBlocks('````md\n```ts\na\n```\n````\n')).toEqual([
    { language: 'md', code: '```ts\na\n```\n', line: 1 },
  ]);
});

it('changes what stands outside blocks alone', () => {
  expect(changeProse('a\n```ts\na\n```\na\n', (prose) => prose.replaceAll('a', 'b'))).toBe(
    'b\n```ts\na\n```\nb\n',
  );
});
