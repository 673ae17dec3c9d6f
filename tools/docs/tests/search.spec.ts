import { expect, it } from 'vitest';
import { renderForSearch } from '../src/search.ts';

const html =
  '<h1 id="a">A</h1><p>Gives <code>b</code>.</p><pre><code>const secret</code></pre>' +
  '<h2 id="c">c()</h2><table><tr><td>cell</td></tr></table>';
const parser = { render: () => html };

it('reads a page of the API reference as one entry, with the names of its members and without its code', () => {
  expect(renderForSearch('', { relativePath: 'api/x/A.md' }, parser)).toBe(
    '<h1 id="a">A</h1><p>Gives <code>b</code>.</p><p id="c">c()</p>',
  );
});

it('reads the other pages by their headings', () => {
  expect(renderForSearch('', { relativePath: 'guides/a.md' }, parser)).toBe(html);
});
