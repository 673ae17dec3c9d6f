import { expect, it } from 'vitest';
import { datedChangelog, withPoints } from '../dated-changelog.ts';

const changelog = '# Changelog\n\n## Unreleased\n\n- A fix.\n\n## 0.1.0\n\n- The first.\n';
const date = '2026-11-25';

it('gives what is unreleased to the version, with the day', () => {
  expect(datedChangelog(changelog, { version: '0.1.1', date })).toBe(
    '# Changelog\n\n## 0.1.1 (2026-11-25)\n\n- A fix.\n\n## 0.1.0\n\n- The first.\n',
  );
});

it('gives it to another version instead when that is decided later', () => {
  const first = datedChangelog(changelog, { version: '0.1.1', date });
  expect(datedChangelog(first, { version: '0.2.0', date }, '0.1.1')).toBe(
    datedChangelog(changelog, { version: '0.2.0', date }),
  );
});

it('leaves a version of the same day alone that another release has made', () => {
  const released = datedChangelog(changelog, { version: '0.1.1', date });
  expect(datedChangelog(released, { version: '0.1.2', date })).toBe(
    '# Changelog\n\n## 0.1.2 (2026-11-25)\n\n## 0.1.1 (2026-11-25)\n\n- A fix.\n\n## 0.1.0\n\n- The first.\n',
  );
});

it('has a section for a version of which nothing is written, above the others', () => {
  expect(datedChangelog('# Changelog\n\n## 0.1.0\n\n- The first.\n', { version: '0.1.1', date })).toBe(
    '# Changelog\n\n## 0.1.1 (2026-11-25)\n\n## 0.1.0\n\n- The first.\n',
  );
});

it('rejects a text without a title, where it would not know the top', () => {
  expect(() => datedChangelog('- A fix.\n', { version: '0.1.1', date })).toThrow('begins with its title');
});

it('adds points at the top of the newest section', () => {
  expect(withPoints(changelog, ['`other` ^0.2.0.'])).toBe(
    '# Changelog\n\n## Unreleased\n\n- `other` ^0.2.0.\n- A fix.\n\n## 0.1.0\n\n- The first.\n',
  );
});

it('adds points to a section that has none', () => {
  const empty = datedChangelog('# Changelog\n\n## 0.1.0\n\n- The first.\n', { version: '0.1.1', date });
  expect(withPoints(empty, ['`other` ^0.2.0.', '`more` ^0.2.0.'])).toBe(
    '# Changelog\n\n## 0.1.1 (2026-11-25)\n\n- `other` ^0.2.0.\n- `more` ^0.2.0.\n\n## 0.1.0\n\n- The first.\n',
  );
});

it('adds points to the only section, which has none', () => {
  expect(withPoints('# Changelog\n\n## 0.1.1 (2026-11-25)\n', ['`other` ^0.2.0.'])).toBe(
    '# Changelog\n\n## 0.1.1 (2026-11-25)\n\n- `other` ^0.2.0.\n',
  );
});

it('refuses to add points to a text without a section', () => {
  expect(() => withPoints('# Changelog\n', ['`other` ^0.2.0.'])).toThrow('no section');
});
