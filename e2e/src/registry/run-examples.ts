import { type ExampleModules, installedVariables, type Runtime } from '@worker-auth/workspace/example-ground';
import { countTests, type TestCounts } from '@worker-auth/workspace/test-reports';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import type { InstalledSubject } from './installed-subject.ts';
import { runSpecs } from './run-specs.ts';
import type { ChosenSpecs, Subject } from './subjects.ts';

/** How the examples of a package ended. */
export interface ExamplesOutcome extends Pick<TestCounts, 'passed' | 'failures'> {
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
  const reports: string[] = [];
  for (const [directory, files] of Object.entries(chosen.specs)) {
    const report = join(notes.path, `${reports.length}.json`);
    await runSpecs(directory, files, env, report, chosen.options);
    reports.push(report);
  }
  const { passed, failures } = countTests(reports);
  const lines = (await readFile(record, 'utf8')).trim().split('\n');
  return { passed, failures, blocks: [...new Set(lines)] };
}
