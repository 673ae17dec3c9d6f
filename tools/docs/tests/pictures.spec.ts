import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workspace } from './workspace.ts';

const pictures = globSync('{docs/**,tools/docs/public}/*.svg', { cwd: workspace }).filter(
  (path) => !path.endsWith('icon.svg'),
);

it.each(pictures)('%s is for light pages and for dark ones', (path) => {
  const svg = readFileSync(join(workspace, path), 'utf8');
  expect(svg).toMatch(
    /<style>[^<]*text\{fill:#\w+\}[^<]*@media\(prefers-color-scheme:dark\)\{text\{fill:#\w+\}/,
  );
  expect(svg).not.toMatch(/ fill="#/);
});
