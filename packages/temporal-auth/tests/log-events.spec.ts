import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { logCalls } from './support/log-calls.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const page = readFileSync(pathOf('../docs/log-events.md'), 'utf8');

/** The rows of all tables, as cells without the signs of code. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (level|-+) /.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .map(([level = '', message = '', fields = '', when = '']) => ({
    ...{ level, message: message.replaceAll('`', ''), when },
    fields: fields === 'none' ? [] : fields.replaceAll('`', '').split(', ').toSorted(),
  }));

const calls = ['..', '../../agent', '../../../tools/calls'].flatMap((folder) =>
  logCalls(pathOf(`${folder}/tsconfig.lib.json`)),
);

/** As it is compared, and shown where it is missing. */
function line({ level, message, fields }: (typeof rows)[number] | (typeof calls)[number]): string {
  return `${level} ${message} { ${fields.join(', ')} }`;
}

it('the table of log events has what the sources log, with level, message and fields, and nothing else', () => {
  expect(rows.map(line).toSorted()).toEqual(calls.map(line).toSorted());
});

it('says of each when it comes', () => {
  for (const { when } of rows) expect(when).toMatch(/^[A-Z`].*\.$/);
});
