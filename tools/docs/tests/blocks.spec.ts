import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { faultsInCommands } from '../src/commands.ts';
import { compileBlocks } from '../src/compile-blocks.ts';
import { pageBlocks, placeOf } from '../src/page-blocks.ts';
import { workspace } from './workspace.ts';

/** Languages of blocks that nothing runs, each with its reason. */
const notRun: Readonly<Record<string, string>> = {
  diff: 'e2e/tests/pages.spec.ts applies it to its project, and runs that',
  dockerfile: 'e2e/tests/page-book.spec.ts compares it with that of an example',
  go: 'e2e/soak/agent.spec.ts compares it with a worker that it runs',
  ini: "the agent's unit of systemd, which no container has",
  mermaid: 'the build draws it, and ends with an error where it cannot',
  python: 'e2e/soak/examples.spec.ts runs what the agent has; the rest is what the source document has',
  text: 'what a program prints, or a formula',
};

const checked = ['json', 'sh', 'ts', 'yaml'];
const blocks = pageBlocks(workspace);

function ofLanguage(language: string) {
  return blocks.filter((block) => block.language === language);
}

/** An example has scripts of its own, and so has the project that the first lines of a README are for. */
function scriptsOf(page: string): string {
  if (page === 'packages/temporal-auth/README.md') return 'examples/worker';
  return /^examples\/[^/]+(?=\/)/.exec(page)?.[0] ?? '';
}

it('each block of the pages is of a language that is checked, or of one with a reason why not', () => {
  const known = new Set([...checked, ...Object.keys(notRun)]);
  const unknown = blocks.filter(({ language }) => !known.has(language));
  expect(unknown.map((block) => `${placeOf(block)} ${block.language}`)).toEqual([]);
  expect(blocks.length).toBeGreaterThan(0);
});

it('each block of TypeScript compiles against the sources', () => {
  expect(compileBlocks(ofLanguage('ts'), workspace)).toEqual([]);
});

it('each command of ours in a block of shell is there, with its options and files', () => {
  const faults = ofLanguage('sh').flatMap((block) =>
    faultsInCommands(block.code, workspace, scriptsOf(block.page)).map(
      (fault) => `${placeOf(block)}: ${fault}`,
    ),
  );
  expect(faults).toEqual([]);
});

it('each block of YAML and JSON can be parsed', () => {
  const faults = [...ofLanguage('yaml'), ...ofLanguage('json')].flatMap((block) =>
    parseAllDocuments(block.code).flatMap(({ errors }) =>
      errors.map(({ message }) => `${placeOf(block)}: ${message}`),
    ),
  );
  expect(faults).toEqual([]);
});
