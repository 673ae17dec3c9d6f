import { type ExampleModules, installedVariables, type Runtime } from '@worker-auth/workspace/example-ground';
import { readFile } from 'node:fs/promises';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { InstalledSubject } from './installed-subject.ts';
import { runSpecs, type SpecsOutcome } from './run-specs.ts';
import type { ChosenSpecs, Subject } from './subjects.ts';

/** How the examples of a package ended. */
export interface ExamplesOutcome extends SpecsOutcome {
  /** The blocks that were run, as `README.md:12`. */
  readonly blocks: readonly string[];
}

/**
 * Runs the examples of a package's pages where the package is installed, by the specs that run them on the sources.
 *
 * @param chosen which of them, default all
 */
export async function runExamples(
  subject: Subject,
  { folder }: InstalledSubject,
  runtime: Runtime,
  modules: ExampleModules,
  chosen: ChosenSpecs = { specs: subject.specs, options: [] },
): Promise<ExamplesOutcome> {
  await using notes = await temporaryFolder();
  const record = await notes.write('blocks', '');
  const name = `@worker-auth/${subject.name}`;
  const env = {
    ...installedVariables({ project: folder, name, runtime, modules }),
    EXAMPLES_RECORD: record,
  };
  const outcomes: SpecsOutcome[] = [];
  for (const [directory, files] of Object.entries(chosen.specs)) {
    outcomes.push(await runSpecs(directory, files, env, chosen.options));
  }
  const lines = (await readFile(record, 'utf8')).trim().split('\n');
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
    blocks: [...new Set(lines)],
  };
}
