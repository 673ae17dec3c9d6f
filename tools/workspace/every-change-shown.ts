import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { everyWayShown } from './every-way-shown.ts';

/** What programs do with objects that they were given: state containers freeze them, workers clone them, tables list them. */
const changes: Readonly<Record<string, (value: object) => unknown>> = {
  freeze: Object.freeze,
  seal: Object.seal,
  preventExtensions: Object.preventExtensions,
  'deep freeze': deepFreeze,
  'produce of immer': produce,
  'defineProperty, final': (value) => defineEach(value, { value: 'x', writable: false, configurable: false }),
  'defineProperty, final as it is': (value) => defineEach(value, { configurable: false }),
  'defineProperties of its descriptors': (value) =>
    Object.defineProperties(value, Object.getOwnPropertyDescriptors(value)),
  setPrototypeOf: (value) => Object.setPrototypeOf(value, null) as unknown,
  delete: (value) => Reflect.ownKeys(value).map((key) => Reflect.deleteProperty(value, key)),
  assign: (value) => Object.assign(value, { added: 'x' }),
  structuredClone: (value) => structuredClone(value),
  'structuredClone of its holder': (value) => structuredClone({ value }),
  serialize: (value) => serialize({ value }),
};

/**
 * What is shown by an object that was frozen, copied or changed in each way: the errors of doing so, of reading each property afterwards,
 * and these errors as causes; the object itself, and its property descriptors.
 *
 * @param fresh makes an object for each way
 */
export async function everyChangeShown(fresh: () => object | Promise<object>): Promise<string> {
  const shown: string[] = [];
  for (const [name, change] of Object.entries(changes)) {
    const value = await fresh();
    const errors = [errorOf(() => change(value)), ...readableKeys(value).map((key) => readError(value, key))];
    for (const error of errors.filter((thrown) => thrown !== undefined)) {
      shown.push(`${name}: ${inspect(error)}`, everyWayShown(new Error('outer', { cause: error })));
    }
    shown.push(inspect(Object.getOwnPropertyDescriptors(value), { getters: true, showHidden: true }));
  }
  return shown.join('\n');
}

function deepFreeze(value: object): object {
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) {
    const part: unknown = Reflect.get(value, key);
    if (Object(part) === part && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return value;
}

/** As immer: reads go through a draft, the result is a copy, and what it keeps of the original is frozen with it. */
function produce(value: object): object {
  const draft = new Proxy({ value }, {});
  return deepFreeze({ ...draft, read: Object.keys(draft.value).map((key) => readError(draft.value, key)) });
}

function defineEach(value: object, descriptor: PropertyDescriptor): boolean[] {
  return readableKeys(value).map((key) => Reflect.defineProperty(value, key, descriptor));
}

/** Its own keys and those of its class. */
function readableKeys(value: object): PropertyKey[] {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return [...new Set([...Reflect.ownKeys(value), ...Reflect.ownKeys(prototype ?? {})])];
}

function readError(value: object, key: PropertyKey): unknown {
  return errorOf(() => Reflect.get(value, key) as unknown);
}

function errorOf(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
}
