import { inspect } from 'node:util';

/** Deeper than this no log prints. */
const depth = 6;
/** An object that leads to the whole process must not end it. */
const maxObjects = 20_000;

/**
 * Everything that a person or a log could see of `value`: inspected in each way, as JSON, as text, and each text that is
 * reachable by own properties. Those are hidden ones and getters too, of it and of what it refers to (`message`, `stack` and `cause` are such).
 *
 * @param isShown whether the value of a property counts. Default every one
 */
export function everythingShown(
  value: unknown,
  isShown: (property: PropertyDescriptor) => boolean = () => true,
): string {
  return [
    inspect(value, { depth, showHidden: true }),
    inspect(value, { depth, customInspect: false }),
    attempt(() => JSON.stringify(value)),
    attempt(() => String(value)),
    ...reachableTexts(value, isShown),
  ].join('\n');
}

function reachableTexts(
  value: unknown,
  isShown: (property: PropertyDescriptor) => boolean,
): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && seen.size < maxObjects) {
    const next = waiting.pop();
    if (typeof next === 'string') texts.push(next);
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Map || next instanceof Set) waiting.push(...next.values(), ...next.keys());
    for (const key of Reflect.ownKeys(next)) {
      if (!isShown(Reflect.getOwnPropertyDescriptor(next, key) ?? {})) continue;
      waiting.push(attempt(() => Reflect.get(next, key) as unknown));
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
