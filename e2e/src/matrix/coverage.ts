import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exceptions } from './exceptions.ts';
import { type Coverage, coverageOf } from './exports.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The files that say what is tried, and not what there is. */
const isRow = (file: string): boolean =>
  !['coverage.ts', 'exports.ts', 'exceptions.ts', 'option-count.ts'].includes(file);

/** What the rows lack, for a comparison with nothing. */
export interface Gaps {
  /** Neither row nor exception. */
  readonly missing: readonly string[];
  /** Exceptions for nothing, as they are written. */
  readonly unneeded: readonly string[];
  readonly excepted: number;
  readonly tried: number;
}

/** Compares the exports and options of the packages with what the files beside this one use. */
export function findGaps(): Gaps {
  const isExcepted = (name: string): boolean => exceptions.some(([pattern]) => pattern.test(name));
  const rows = readdirSync(folder).filter(isRow);
  const { all, used }: Coverage = coverageOf(
    rows.map((file) => folder + file),
    isExcepted,
  );
  const unused = [...all].filter((name) => !used.has(name));
  const unneeded = exceptions.filter(([pattern]) => !unused.some((name) => pattern.test(name)));
  return {
    missing: unused.filter((name) => !isExcepted(name)),
    unneeded: unneeded.map(([pattern]) => pattern.source),
    excepted: unused.filter(isExcepted).length,
    tried: all.size - unused.length,
  };
}
