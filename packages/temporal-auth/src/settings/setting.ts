import type { Format } from './formats.ts';

/** Who named a variable. Where several name the same setting, the first of these counts. */
export const families = ['neutral', 'application-sdk 3', 'application-sdk 2'] as const;

export type Family = (typeof families)[number];

export interface Variable {
  readonly name: string;
  readonly family: Family;
  /** Its text in the form of the setting. Default as it is. */
  readonly as?: (text: string) => string;
  /** What the variable must be, where that is another thing than the setting. */
  readonly expected?: string;
}

/** A setting as the pages show it. */
export interface Row {
  /** The option, as a program writes it; empty where there is none. */
  readonly option: string;
  /** Of the names of a family the first that is set counts. */
  readonly variables: readonly Variable[];
  readonly fallback: string;
  readonly meaning: string;
  /** Whether white space at an end of its text is a part of it. Default false. */
  readonly keepsSpace?: boolean;
}

/** A setting, with how it is read. */
export type Setting<T> = Row & Format<T>;

type Names = readonly (string | Omit<Variable, 'family'>)[];

/** The variables of a setting, by family in their order. */
export function named(...names: readonly Names[]): readonly Variable[] {
  return names.flatMap((ofFamily, at) => {
    const family = families[at] ?? 'neutral';
    return ofFamily.map((one) => (typeof one === 'string' ? { name: one, family } : { ...one, family }));
  });
}
