// `nx published e2e`: every package from a registry of our own, on everything that users have; writes the table of temporal-auth's docs/compatibility.md.
import { markdownTable, writeSection } from '@worker-auth/workspace/readme-section';
import { join } from 'node:path';
import { examineSubject, type Finding } from './examine-subject.ts';
import { type PackageName, publishAll } from './publish-all.ts';
import { startRegistry } from './registry.ts';
import { type Subject, subjects } from './subjects.ts';

const page = join(import.meta.dirname, '../../../packages/temporal-auth/docs/compatibility.md');
const wanted = process.argv.slice(2);
const chosen = subjects.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0)
  throw new RangeError(`The packages are ${subjects.map(({ name }) => name).join(', ')}`);

/** They wait for servers and npm as much as they work. */
const atOnce = 2;

const findings = new Map<PackageName, readonly Finding[]>();
{
  await using registry = await startRegistry();
  await publishAll(registry);
  const waiting = [...chosen];
  const examineNext = async (): Promise<void> => {
    for (let subject = waiting.pop(); subject !== undefined; subject = waiting.pop()) {
      const found: Finding[] = [];
      for await (const finding of examineSubject(registry, subject)) {
        found.push(finding);
        tell(subject, finding);
      }
      findings.set(subject.name, found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, examineNext));
}
const failed = [...findings.values()].flat().filter(({ problems }) => problems.length > 0);
console.log(`${[...findings.values()].flat().length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
if (failed.length === 0 && chosen.length === subjects.length) await writeSection(page, 'published', table());

function tell({ name }: Subject, { what, seen, problems }: Finding): void {
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name}, ${what}: ${seen}`);
  for (const problem of problems) console.log(`    ${problem.replaceAll('\n', '\n    ')}`);
}

function table(): string {
  const whats = new Set([...findings.values()].flat().map(({ what }) => what));
  const rows = [...whats].map((what) => [
    what,
    ...chosen.map(({ name }) => findings.get(name)?.find((finding) => finding.what === what)?.seen ?? ''),
  ]);
  const head = ['', ...chosen.map(({ name }) => `\`${name}\``)];
  const day = new Date().toISOString().slice(0, 10);
  return [
    `On ${process.platform} on ${process.arch}, ${day}; everything passed.`,
    '',
    ...markdownTable(head, rows),
  ].join('\n');
}
