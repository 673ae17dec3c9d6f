import { expect, it } from 'vitest';
import { withHeadingsInOrder } from '../src/headings.ts';

it.each([
  [
    'leaves headings alone that are in order',
    '<h1>a</h1><h2 id="b">b</h2><h1>c</h1>',
    '<h1>a</h1><h2 id="b">b</h2><h1>c</h1>',
  ],
  [
    'says the level of one that leaves levels out',
    '<h1>a</h1><h4 id="b">b</h4>',
    '<h1>a</h1><h4 aria-level="2" id="b">b</h4>',
  ],
  [
    'says the same of those beside it',
    '<h1>a</h1><h4>b</h4><h4>c</h4>',
    '<h1>a</h1><h4 aria-level="2">b</h4><h4 aria-level="2">c</h4>',
  ],
  [
    'says more of those below it',
    '<h1>a</h1><h4>b</h4><h5>c</h5>',
    '<h1>a</h1><h4 aria-level="2">b</h4><h5 aria-level="3">c</h5>',
  ],
  ['takes no header for a heading', '<header><hr>', '<header><hr>'],
])('%s', (_name, html, expected) => {
  expect(withHeadingsInOrder(html)).toBe(expected);
});
