import type { Environment } from '@worker-auth/internal';
import { applicationKey } from '@worker-auth/secret-store';
import { settingRejected } from '../errors/own-errors.ts';
import { type Format, partsOfAddress } from './formats.ts';

/**
 * Who named a variable: releases 1 to 3 of application-sdk, or the guide to it that this project is built from, whose names no release reads. Where
 * several name the same setting, the first of these counts.
 */
export const families = ['neutral', 'application-sdk', 'application-sdk guide'] as const;

type Family = (typeof families)[number];

export interface Variable {
  readonly name: string;
  readonly family: Family;
  /** Whether release 3 of application-sdk alone reads it. Default false. */
  readonly isOf3?: boolean;
  /** Its text in the form of the setting. Default as it is. */
  readonly as?: (text: string) => string;
  /** Whether it is a credential, or names the file of one. Default false. */
  readonly isSecret?: boolean;
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
}

export type Setting<T> = Row & Format<T>;

/** A value, and who says it: an option, or a variable and who named that. */
export interface Reading<T> {
  readonly value: T;
  readonly from: string;
  readonly family: Family | undefined;
}

export type Name = string | Omit<Variable, 'family'>;

/** The option, else the variable of the first family that has one. An empty variable is not set: so a template leaves out what it does not need. */
export type Read = <T>(setting: Setting<T>, given?: unknown, option?: string) => Reading<T> | undefined;

/** Variables that are credentials, or name the file of one. */
export function secret(...names: readonly string[]): readonly Omit<Variable, 'family'>[] {
  return names.map((name) => ({ name, isSecret: true }));
}

/** `host` or `port` of a variable that has both. */
export function partOf(name: string, part: 'host' | 'port'): Omit<Variable, 'family'> {
  const expected = 'host:port or host, without a scheme';
  return { name, expected, as: (text) => partsOfAddress(text)[part] };
}

/** A variable that release 3 of application-sdk alone reads. */
export function of3(name: Name): Omit<Variable, 'family'> {
  return { ...(typeof name === 'string' ? { name } : name), isOf3: true };
}

/** @param names the variables of each family in their order, one or a list */
export function row(
  names: readonly (Name | readonly Name[])[],
  { option = '', fallback = 'none', meaning }: Partial<Row> & Pick<Row, 'meaning'>,
): Row {
  const variables = names.flatMap((ofFamily, index) => {
    const family = families[index] ?? 'neutral';
    return [ofFamily]
      .flat()
      .map((name) => (typeof name === 'string' ? { name, family } : { ...name, family }));
  });
  return { option, variables, fallback, meaning };
}

export function setting<T>(format: Format<T>, ...about: Parameters<typeof row>): Setting<T> {
  return { ...row(...about), ...format };
}

/**
 * Reads settings. The ConfigurationError names each bad option or variable, and the variables of two families that contradict each other; it
 * repeats no value, which may be secret.
 *
 * @param application whose variables `ATLAN_<app_name>_…` are read
 * @param shownAs what a variable is called
 */
export function readAll<R>(
  env: Environment,
  work: (read: Read) => R,
  application?: string,
  shownAs = (name: string) => name,
): R {
  const complaints = new Set<string>();
  const parse = <T>(format: Format<T>, text: string, name: string, expected = format.expected) => {
    const hasOuterSpace = format.keepsSpace !== true && text !== text.trim();
    const value = hasOuterSpace ? undefined : format.parse(text);
    const hint = hasOuterSpace ? ', with no white space at its ends' : '';
    if (value === undefined) complaints.add(`${name} must be ${expected}${hint}`);
    return value;
  };
  const result = work((asked, given, option = asked.option) => {
    if (given !== undefined) {
      const value = parse(asked, textOf(given), option);
      return value === undefined ? undefined : { value, from: `option ${option}`, family: undefined };
    }
    const [first, ...others] = setVariables(asked, env, application).flatMap(
      ({ name, family, as = (text) => text, expected }) => {
        const from = shownAs(name);
        const value = parse(asked, as(env[name] ?? ''), from, expected);
        return value === undefined ? [] : [{ value, from, family }];
      },
    );
    const other = others.find(({ value }) => value !== first?.value);
    if (first !== undefined && other !== undefined) complaints.add(contradiction(first, other));
    return first;
  });
  if (complaints.size > 0) throw settingRejected(`${[...complaints].join('; ')}.`);
  return result;
}

export function readOne<T>(env: Environment, asked: Setting<T>, given?: unknown): Reading<T> | undefined {
  return readAll(env, (read) => read(asked, given));
}

/** The only one that is set; the ConfigurationError names two that are. */
export function onlyOne<T>(...readings: readonly (Reading<T> | undefined)[]): Reading<T> | undefined {
  const [first, other] = readings.filter((reading) => reading !== undefined);
  if (first !== undefined && other !== undefined) throw settingRejected(`${contradiction(first, other)}.`);
  return first;
}

function contradiction(...[first, other]: readonly { readonly from: string }[]): string {
  return `${first?.from} and ${other?.from} contradict each other. Leave one of them out`;
}

/** Whether a variable of the environment is one of these, of any application. */
export function isOneOf(variables: readonly Pick<Variable, 'name'>[], name: string): boolean {
  return variables.some((variable) => {
    const [start = '', end] = variable.name.split('<app_name>').map((part) => part.toLowerCase());
    const written = name.toLowerCase();
    if (end === undefined) return written === start;
    return written.length > start.length + end.length && written.startsWith(start) && written.endsWith(end);
  });
}

/** The variable of each family that is set, the family that counts first. */
export function setVariables(
  { variables }: Pick<Row, 'variables'>,
  env: Environment,
  application?: string,
): readonly Variable[] {
  const set = variables.flatMap((variable) => {
    const name = spellings(variable.name, application).find((spelling) => (env[spelling] ?? '') !== '');
    return name === undefined ? [] : [{ ...variable, name }];
  });
  return families.flatMap((family) => set.find((variable) => variable.family === family) ?? []);
}

/** Those of an application may be in upper case; without an application there are none. */
function spellings(name: string, application: string | undefined): readonly string[] {
  if (!name.includes('<')) return [name];
  if (application === undefined) return [];
  const spelling = name.replace('<app_name>', applicationKey(application));
  return [spelling, spelling.toUpperCase()];
}

/** Of what has no text, the empty one, which no format takes. */
function textOf(given: unknown): string {
  if (given instanceof URL) return given.href;
  return ['string', 'number', 'boolean'].includes(typeof given) ? String(given) : '';
}
