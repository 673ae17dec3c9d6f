import { readSection } from '@worker-auth/workspace/readme-section';
import { expect, it } from 'vitest';
import { comparedTools, linesOfTests, page } from '../../src/other-fakes/lines.ts';

it('the page says how many lines each tool needs', () => {
  const row = /^\| lines of the five tests\s*\|(.*)$/m.exec(readSection(page, 'other-tools'))?.[1] ?? '';
  const told = row.split('|').map((cell) => cell.trim());
  expect(told.slice(0, comparedTools.length)).toEqual(
    comparedTools.map((tool) => String(linesOfTests(tool))),
  );
});
