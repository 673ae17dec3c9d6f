import { expect, it } from 'vitest';
import { textsOfSource } from '../src/source-texts.ts';

it('reads docstrings, messages, templates and the lines of a help text', () => {
  const code = `
    /**
     * One {@link two}.
     * @param three four
     */
    export const five = 'one short';
    // Nobody reads this.
    throw new Error(\`six \${five} seven eight\`);
    print('nine ten eleven\\ntwelve');
    const methods = 'GetOne GetTwo GetThree';
  `;
  const texts = textsOfSource(code).map((text) => text.replaceAll(/\s+/g, ' ').trim());
  expect(texts).toEqual([
    'One `two`. @param three four',
    'six …  seven eight'.replace('  ', ' '),
    'nine ten eleven twelve',
  ]);
});
