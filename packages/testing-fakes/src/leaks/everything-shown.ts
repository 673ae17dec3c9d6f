import { inspect } from 'node:util';

/** Deeper than this no log prints. */
const depth = 6;
/** An object that leads to the whole process must not end it. */
const maxObjects = 20_000;

/** A text, and the place where a person or a log sees it: a clause that ends "it is shown …". */
type Shown = readonly [where: string, text: string];

/** {@link shownTexts}, as one text. */
export function everythingShown(value: unknown): string {
  return shownTexts(value)
    .map(([, text]) => text)
    .join('\n');
}

/**
 * Everything that a person or a log could see of `value`: each text that is reachable by own properties, as JSON, as text, and inspected
 * in each way. The properties are hidden ones and getters too, of it and of what it refers to (`message`, `stack` and `cause` are such).
 *
 * @param isShown whether the value of a property counts. Default every one
 */
export function shownTexts(
  value: unknown,
  isShown: (property: PropertyDescriptor) => boolean = () => true,
): readonly Shown[] {
  return [
    ...reachableTexts(value, isShown),
    ['by JSON.stringify', attempt(() => JSON.stringify(value))],
    ['by toString', attempt(() => String(value))],
    ['by inspect', inspect(value, { depth, showHidden: true })],
    ['by inspect', inspect(value, { depth, customInspect: false })],
  ];
}

function reachableTexts(
  value: unknown,
  isShown: (property: PropertyDescriptor) => boolean,
): readonly Shown[] {
  const texts: Shown[] = [];
  const seen = new Set<object>();
  const waiting: [path: string, value: unknown][] = [['', value]];
  while (waiting.length > 0 && seen.size < maxObjects) {
    const [path, next] = waiting.pop() ?? [''];
    if (typeof next === 'string') texts.push([path === '' ? 'as it is' : `in its ${path}`, next]);
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    const put = (key: unknown, held: unknown): void => {
      waiting.push([path === '' ? String(key) : `${path}.${String(key)}`, held]);
    };
    if (next instanceof Map || next instanceof Set) {
      for (const held of [...next.values(), ...next.keys()]) put('entries', held);
    }
    for (const key of Reflect.ownKeys(next)) {
      if (!isShown(Reflect.getOwnPropertyDescriptor(next, key) ?? {})) continue;
      put(
        key,
        attempt(() => Reflect.get(next, key) as unknown),
      );
    }
  }
  return texts;
}

function isObject(value: unknown): value is object {
  return Object(value) === value;
}

function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch {
    return '';
  }
}
