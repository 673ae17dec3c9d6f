import { isTypeScript } from '@worker-auth/workspace/markdown-blocks';
import { checkConfigurations } from './check-configurations.ts';
import { compileExamples, type CompilerReport, type Resolution } from './compile-examples.ts';
import { fences } from './fences.ts';
import { type InstalledSubject, installSubject } from './installed-subject.ts';
import { loadEntries } from './load-entries.ts';
import type { Registry } from './registry.ts';
import { runCommands } from './run-commands.ts';
import { type ExamplesOutcome, runExamples } from './run-examples.ts';
import type { Subject } from './subjects.ts';
import { compilers, type NamedRuntime, nodes, otherRuntimes } from './toolchains.ts';
import { declarationsSeen, unknownOf } from './wrong-declarations.ts';

/** One thing that was tried with a package. */
export interface Finding {
  /** Such as `Node 22, require`. */
  readonly what: string;
  /** What was seen, for the table. */
  readonly seen: string;
  /** What is wrong, for whoever mends it. */
  readonly problems: readonly string[];
}

const pinnedTypes = '@types/node@22.20.5';
const resolutions: readonly Resolution[] = ['nodenext', 'bundler'];

/** Tries everything with a package, each in the project in which it is installed. */
export async function* examineSubject(registry: Registry, subject: Subject): AsyncGenerator<Finding> {
  await using project = await installSubject(registry, subject);
  yield await firstExample(subject, project);
  await project.add([...subject.more]);
  yield* examplesOnNode(subject, project);
  yield* elsewhere(subject, project);
  yield await commands(subject, project);
  await project.add([pinnedTypes, ...(subject.typesOnly ?? [])]);
  yield* declarations(subject, project);
}

async function firstExample(subject: Subject, project: InstalledSubject): Promise<Finding> {
  const runtime = { program: process.execPath, args: [], hasUsing: true };
  const outcome = await runExamples(subject, project, runtime, 'import', subject.first);
  return told('first example, nothing else installed', outcome);
}

async function* examplesOnNode(subject: Subject, project: InstalledSubject): AsyncGenerator<Finding> {
  const programs = (await fences(subject, project)).filter(isTypeScript);
  for (const runtime of await nodes()) {
    for (const modules of ['import', 'require'] as const) {
      const outcome = await runExamples(subject, project, runtime, modules);
      const notRun = programs.filter(({ place }) => !outcome.blocks.includes(place));
      const problems = [
        ...notRun.map(({ place }) => `${place} was not run`),
        ...(await entryProblems(project, runtime, modules)),
      ];
      yield told(`${runtime.name}, \`${modules}\``, outcome, problems);
    }
  }
}

async function* elsewhere(subject: Subject, project: InstalledSubject): AsyncGenerator<Finding> {
  for (const runtime of await otherRuntimes()) {
    const outcome = await runExamples(subject, project, runtime, 'import', subject.elsewhere);
    yield told(runtime.name, outcome, await entryProblems(project, runtime, 'import'));
  }
}

/** Every entry is loaded, and has the names that it has on this Node. */
async function entryProblems(
  project: InstalledSubject,
  runtime: NamedRuntime,
  modules: 'import' | 'require',
): Promise<readonly string[]> {
  const here = { program: process.execPath, args: [], hasUsing: true };
  const expected = JSON.stringify(await loadEntries(project, here, 'import'));
  const loaded = JSON.stringify(await loadEntries(project, runtime, modules));
  return loaded === expected ? [] : [`The entries export ${loaded}, and not ${expected}`];
}

async function commands(subject: Subject, project: InstalledSubject): Promise<Finding> {
  const outcomes = await runCommands(subject, project);
  const problems = outcomes.flatMap(({ command, failure }) =>
    failure === undefined ? [] : `${command}: ${failure}`,
  );
  problems.push(...(await checkConfigurations(project, await fences(subject, project))));
  return { what: 'commands', seen: outcomes.length === 0 ? 'none' : String(outcomes.length), problems };
}

async function* declarations(subject: Subject, project: InstalledSubject): AsyncGenerator<Finding> {
  for (const compiler of await compilers()) {
    for (const resolution of resolutions) {
      const compile = (entries: readonly string[]): Promise<CompilerReport> =>
        compileExamples(subject, project, entries, compiler, resolution);
      const all = await compile(project.entries);
      const apart = subject.apart === undefined ? undefined : await compile([subject.apart]);
      const alone = apart === undefined ? '' : `; \`${subject.apart ?? ''}\` alone: ${seenOf(apart)}`;
      yield {
        what: `TypeScript ${compiler.version}, \`${resolution}\``,
        seen: `${seenOf(all)}${alone}`,
        problems: [
          ...all.errors,
          ...(apart?.errors ?? []),
          ...unknownOf([...all.wrongOthers, ...(apart?.wrongOthers ?? [])], compiler.version).map(
            (name) => `The declarations of ${name} are wrong`,
          ),
        ],
      };
      function seenOf({ wrongOthers }: CompilerReport): string {
        return declarationsSeen(wrongOthers, compiler.version);
      }
    }
  }
}

function told(
  what: string,
  { passed, failures, blocks }: ExamplesOutcome,
  problems: readonly string[] = [],
): Finding {
  const all = [...failures, ...problems];
  if (passed === 0) all.push('No test ran');
  return { what, seen: blocks.length === 1 ? '1 example' : `${blocks.length} examples`, problems: all };
}
