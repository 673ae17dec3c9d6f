import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const workspace = join(import.meta.dirname, '../../..');

it.each(globSync('packages/*/CHANGELOG.md', { cwd: workspace }))(
  '%s has the version of its package',
  (path) => {
    const file = join(workspace, path);
    const { version } = JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')) as {
      version: string;
    };
    const headings = [...readFileSync(file, 'utf8').matchAll(/^## (.+)$/gm)].map(
      ([, heading = '']) => heading,
    );
    const newest = headings.find((heading) => heading !== 'Unreleased') ?? '';
    expect(newest.split(' ')[0]).toBe(version);
    // Without a date it is not published yet, so that nothing can be newer.
    if (!newest.includes('(')) expect(headings[0]).toBe(newest);
  },
);
