import { expect, it } from 'vitest';
import { datedChangelog, withPoints } from '../dated-changelog.ts';

const date = '2026-11-25';
const first = '## 0.1.0\n\n- The first.\n';
const page = (sections: string): string => `# Changelog\n\n${sections}`;
const changelog = page(`## Unreleased\n\n- A fix.\n\n${first}`);

it.each([
  ['what is unreleased', changelog, undefined, `## 0.1.1 (${date})\n\n- A fix.\n\n${first}`],
  ['what it gave to another version', page(`## 0.1.2 (${date})\n`), '0.1.2', `## 0.1.1 (${date})\n`],
  [
    'a section of its own, for a version of which nothing is written',
    page(first),
    undefined,
    `## 0.1.1 (${date})\n\n${first}`,
  ],
  [
    'nothing that another release of the same day has made',
    page(`## 0.1.2 (${date})\n`),
    undefined,
    `## 0.1.1 (${date})\n\n## 0.1.2 (${date})\n`,
  ],
])('gives the version, with the day, %s', (_what, before, previous, after) => {
  expect(datedChangelog(before, { version: '0.1.1', date }, previous)).toBe(page(after));
});

it.each([
  ['at the top of the newest section', changelog, `## Unreleased\n\n- a\n- b\n- A fix.\n\n${first}`],
  ['to a section that has none', page(`## 0.1.1\n\n${first}`), `## 0.1.1\n\n- a\n- b\n\n${first}`],
  ['to the only section', page('## 0.1.1\n'), '## 0.1.1\n\n- a\n- b\n'],
])('adds points %s', (_where, before, after) => {
  expect(withPoints(before, ['a', 'b'])).toBe(page(after));
});

it('rejects a text without a title, and one without a section', () => {
  expect(() => datedChangelog('- A fix.\n', { version: '0.1.1', date })).toThrow('begins with its title');
  expect(() => withPoints('# Changelog\n', ['a'])).toThrow('no section');
});
