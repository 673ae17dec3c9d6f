import { expect, it } from 'vitest';
import { miniSearch } from '../src/search.ts';

const html =
  '<h1 id="a">A &lt;T&gt; <a href="#a">#</a></h1><p>Gives <code>b</code>.</p><pre><code>const secret</code></pre>' +
  '<h2 id="c">c()</h2><table><tr><td>cell</td></tr></table>';

it('has a page of the API reference as one entry, with the names of its members and without its code', () => {
  const [entry, ...more] = miniSearch._splitIntoSections('/pages/api/x/A.md', html) ?? [];
  expect(more).toEqual([]);
  expect(entry?.anchor).toBe('');
  expect(entry?.titles.join().trim()).toMatch(/^A +T/);
  expect(entry?.text).toMatch(/Gives\s+b\s*\.\s+c\(\)/);
  expect(entry?.text).not.toMatch(/secret|cell|</);
});

it('leaves the other pages to VitePress, by their headings', () => {
  expect(miniSearch._splitIntoSections('/pages/guides/a.md', html)).toBeUndefined();
});
