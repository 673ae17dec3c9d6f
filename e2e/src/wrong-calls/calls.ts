import { inspect } from 'node:util';
import type { Shape } from './shapes.ts';

/** A call with something that its types forbid. */
export interface WrongCall {
  readonly title: string;
  readonly given: readonly unknown[];
}

const hostile = new Proxy(
  {},
  Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map((trap) => [
      trap,
      () => {
        throw new Error('hostile');
      },
    ]),
  ),
);

/** By their names. */
export const wrongValues: Readonly<Record<string, unknown>> = {
  ...{
    undefined,
    null: null,
    NaN: Number.NaN,
    '-1': -1,
    "''": '',
    "'/dev/null/wrong'": '/dev/null/wrong',
    true: true,
    '1n': 1n,
  },
  ...{
    'Symbol()': Symbol('wrong'),
    '{}': {},
    '[]': [],
    '[null]': [null],
    '() => undefined': () => undefined,
  },
  ...{ 'new Map()': new Map(), 'null prototype': Object.create(null) as unknown, hostile },
};

/** Each argument and each option, with each wrong value; all others are right. */
export function* wrongCalls(parameters: readonly Shape[]): Generator<WrongCall> {
  const right = parameters.map(({ sample }) => sample);
  yield { title: '', given: [] };
  for (const [index, parameter] of parameters.entries())
    for (const { path, value } of variants(parameter, right[index]))
      yield { title: `argument ${index + 1}${path}`, given: right.with(index, value) };
}

function* variants(
  shape: Shape,
  right: unknown,
): Generator<{ readonly path: string; readonly value: unknown }> {
  for (const [name, value] of Object.entries(wrongValues))
    if (value !== undefined || !shape.isOptional) yield { path: ` ${name}`, value };
  const base = typeof right === 'object' && right !== null ? right : {};
  for (const [name, option] of Object.entries(shape.options))
    for (const { path, value } of variants(option, (base as Record<string, unknown>)[name] ?? option.sample))
      yield { path: `.${name}${path}`, value: { ...base, [name]: value } };
}

/** What the engine throws, and no check of ours. */
const raw =
  /^(?:Cannot |Invalid |Class (?:constructor|extends)|Converting|Reduce of)|(?:is not (?:a function|iterable|a constructor|an object|defined|callable|async iterable|of type .*)\.?|undefined or null|BigInt.*)$|incompatible|illegal|not extensible|primitive value/i;

/** Why what was thrown is wrong, or `undefined`. */
export function faultOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return `threw ${inspect(error)}`;
  if (error.message === 'hostile') return undefined;
  const { code } = error as { readonly code?: unknown };
  const isOfNode = typeof code === 'string' && code.startsWith('ERR_');
  if (/ must (?:be|have|not)|has no option/.test(error.message) && !isOfNode) return undefined;
  const isArgument = error instanceof TypeError || error instanceof RangeError;
  if (isArgument) return isOfNode || raw.test(error.message) ? `${error.name}: ${error.message}` : undefined;
  if (code !== undefined && !isOfNode) return undefined;
  return error.name === 'AbortError' ? undefined : `${error.name}: ${error.message}`;
}
