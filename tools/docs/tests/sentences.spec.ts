import { expect, it } from 'vitest';
import { faultsOfPage, sentencesOf } from '../src/sentences.ts';

function sentence(words: number): string {
  return `${'Word '.repeat(words - 1)}end.`;
}

it('finds the sentences of paragraphs, quotes and lists', () => {
  const page = 'One of Node.js 24. Two,\nwith `c.d. e`.\n\n- Three\n- Four: [five](six.md)\n\n> Seven?\n';
  expect(sentencesOf(page)).toEqual([
    'One of Node.js 24.',
    'Two, with C:c_d__e.',
    'Three',
    'Four: Five',
    'Seven?',
  ]);
});

it('starts a sentence with code, and with a link', () => {
  expect(sentencesOf('One. `two` three. [four](five.md) six.')).toHaveLength(3);
});

it('leaves out headings, tables, code and comments', () => {
  const page = '# One\n\n| two |\n| --- |\n| three |\n\n```ts\nfour();\n```\n\n<!-- five -->\n\nSix.\n';
  expect(sentencesOf(page)).toEqual(['Six.']);
});

it.each([
  ['35 words in a sentence', `${sentence(35)} End. End.`, 0],
  ['36 words in a sentence', `${sentence(36)} End. End.`, 1],
  ['17 words on the mean', `${sentence(20)} ${sentence(14)}`, 0],
  ['18 words on the mean', `${sentence(20)} ${sentence(16)}`, 1],
  ['a word that readers know', 'It accepts the token.', 0],
  ['a word of ours', 'It takes the token.', 1],
  ['a word of ours in a table', 'One.\n\n| a |\n| --- |\n| a token that is alive |\n', 1],
])('counts the faults of %s', (_what, page, faults) => {
  expect(faultsOfPage(page)).toHaveLength(faults);
});
