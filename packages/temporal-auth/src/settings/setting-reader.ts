import type { Environment } from '@worker-auth/internal';
import { applicationKey } from '@worker-auth/secret-store';
import { settingRejected } from '../errors/own-errors.ts';
import { families, type Family, type Setting, type Variable } from './setting.ts';

/** A value, and who says it: an option, or a variable and who named that. */
export interface Reading<T> {
  readonly value: T;
  readonly from: string;
  readonly family: Family | undefined;
}

/** The option, else the variable of the first family that has one. An empty variable is not set: so a template leaves out what it does not need. */
type Read = <T>(setting: Setting<T>, given?: unknown, option?: string) => Reading<T> | undefined;

/**
 * Reads settings. The ConfigurationError names each bad option or variable, and the variables of two families that contradict each other; it
 * repeats no value, which may be secret.
 */
export function readAll<R>(env: Environment, work: (read: Read) => R, application?: string): R {
  const complaints: string[] = [];
  const result = work(<T>(setting: Setting<T>, given?: unknown, option = setting.option) => {
    const parse = (text: string, name: string, expected = setting.expected): T | undefined => {
      const hasOuterSpace = setting.keepsSpace !== true && text !== text.trim();
      const value = hasOuterSpace ? undefined : setting.parse(text);
      const hint = hasOuterSpace ? ', with no white space at its ends' : '';
      if (value === undefined) complaints.push(`${name} must be ${expected}${hint}`);
      return value;
    };
    if (given !== undefined) {
      const value = parse(textOf(given), option);
      return value === undefined ? undefined : { value, from: `option ${option}`, family: undefined };
    }
    const [first, ...others] = setVariables(setting, env, application).flatMap(
      ({ name, family, as = (text) => text, expected }) => {
        const value = parse(as(env[name] ?? ''), name, expected);
        return value === undefined ? [] : [{ value, from: name, family }];
      },
    );
    const other = others.find(({ value }) => value !== first?.value);
    if (first !== undefined && other !== undefined) complaints.push(contradiction(first, other));
    return first;
  });
  if (complaints.length > 0) throw settingRejected(`${[...new Set(complaints)].join('; ')}.`);
  return result;
}

/** One setting: see {@link readAll}. */
export function readOne<T>(
  env: Environment,
  setting: Setting<T>,
  given?: unknown,
  option?: string,
): Reading<T> | undefined {
  return readAll(env, (read) => read(setting, given, option));
}

/**
 * The one of these that is there.
 *
 * @throws ConfigurationError that names two which are
 */
export function onlyOne<T>(...readings: readonly (Reading<T> | undefined)[]): Reading<T> | undefined {
  const [one, other] = readings.filter((reading) => reading !== undefined);
  if (one !== undefined && other !== undefined) throw settingRejected(`${contradiction(one, other)}.`);
  return one;
}

function contradiction(one: Pick<Reading<unknown>, 'from'>, other: Pick<Reading<unknown>, 'from'>): string {
  return `${one.from} and ${other.from} contradict each other. Leave one of them out`;
}

/** The variable of each family that is set, the family that counts first. */
export function setVariables(
  { variables }: Pick<Setting<unknown>, 'variables'>,
  env: Environment,
  application?: string,
): readonly Variable[] {
  const set = variables.flatMap((variable) => {
    const name = spellings(variable.name, application).find((one) => (env[one] ?? '') !== '');
    return name === undefined ? [] : [{ ...variable, name }];
  });
  return byFamily(set);
}

/** The first of each family, the family that counts first. */
export function byFamily(variables: readonly Variable[]): readonly Variable[] {
  return families.flatMap((family) => variables.find((variable) => variable.family === family) ?? []);
}

/** Those of an application may be in upper case; without an application there are none. */
function spellings(name: string, application: string | undefined): readonly string[] {
  if (!name.includes('<')) return [name];
  if (application === undefined) return [];
  const own = name.replace('<app_name>', applicationKey(application));
  return [own, own.toUpperCase()];
}

/** Of what has no text, the empty one, which no format takes. */
function textOf(given: unknown): string {
  if (given instanceof URL) return given.href;
  return ['string', 'number', 'boolean'].includes(typeof given) ? String(given) : '';
}
