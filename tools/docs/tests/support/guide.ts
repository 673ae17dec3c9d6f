import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExampleOptions,
  type ExampleResult,
  runReadmeExample,
} from '@worker-auth/workspace/readme-example';

const packageFolder = join(import.meta.dirname, '../..');

/** Where the guides are. */
export const guidesFolder = join(packageFolder, '../../docs/guides');

/** All guides: their paths in that folder, without the ending. */
export const guideNames = globSync('**/*.md', { cwd: guidesFolder })
  .map((file) => file.replace(/\.md$/, ''))
  .sort();

/** A guide's text. */
export function guideText(name: string): string {
  return readFileSync(join(guidesFolder, `${name}.md`), 'utf8');
}

/** Runs a TypeScript block of a guide word for word, in a process of its own. */
export function runGuide(name: string, options: Omit<ExampleOptions, 'page'> = {}): Promise<ExampleResult> {
  return runReadmeExample(packageFolder, {
    timeoutMs: 100_000,
    ...options,
    page: `../../docs/guides/${name}.md`,
  });
}

/** What a guide says that a program prints: its text blocks, in their order. */
export function shownOutputs(name: string): readonly string[] {
  return [...guideText(name).matchAll(/^```text\n(.*?)^```$/gms)].map(([, text = '']) => text);
}

/** How many tests of `node:test` passed and failed, without the sign before each line, which differs between versions of Node. */
export function testSummary(stdout: string): string {
  return [...stdout.matchAll(/^\S (?:pass|fail) \d+$/gm)].map(([line]) => `${line.slice(2)}\n`).join('');
}
