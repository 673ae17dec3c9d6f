import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPages } from '../src/pages.ts';
import { workspace } from './workspace.ts';

/** Pages of those who come from the application-sdk, and those whose keys or defaults are its own. */
const fromThere = [
  'packages/temporal-auth/docs/migrate-from-python.md',
  'docs/guides/deviations.md',
  'docs/guides/threat-model.md',
  'components/README.md',
  'packages/secret-store/README.md',
  'packages/secret-store/docs/reference.md',
];

it('pages name no variable of the application-sdk, but for those of people who come from there, and folded', () => {
  const named = findPages(workspace).flatMap(({ path }) => {
    const text = readFileSync(join(workspace, path), 'utf8').replace(/<details>[^]*?<\/details>/g, '');
    return /\bATLAN_|\(neutral\)/.test(text) && !path.endsWith('CHANGELOG.md') ? [path] : [];
  });
  expect(named.filter((path) => !fromThere.includes(path))).toEqual([]);
});
