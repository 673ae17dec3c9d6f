import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tools that have the five tests, by the name of their package. */
export const comparedTools = ['testing-fakes', 'msw', 'nock', 'oauth2-mock-server'] as const;

/** The page of testing-fakes that shows the comparison. */
export const page = join(import.meta.dirname, '../../../packages/testing-fakes/docs/other-tools.md');

/** How many lines of `tests/other-fakes` a tool needs for the five tests, without empty ones. */
export function linesOfTests(tool: (typeof comparedTools)[number]): number {
  const spec = join(import.meta.dirname, `../../tests/other-fakes/${tool}.spec.ts`);
  const lines = readFileSync(spec, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').length;
}
