/** What a value costs beside its content, in bytes. */
const overhead = 16;

/**
 * What a value takes in memory, in bytes: roughly, and cheaper than to serialize it. Text counts two bytes a character, a buffer its length;
 * what is there twice counts once.
 */
export function memorySize(value: unknown): number {
  const seen = new Set<object>();
  const open = [value];
  let bytes = 0;
  while (open.length > 0) {
    const next = open.pop();
    bytes += overhead;
    if (typeof next === 'string') bytes += 2 * next.length;
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (ArrayBuffer.isView(next) || next instanceof ArrayBuffer) bytes += next.byteLength;
    else for (const part of partsOf(next)) open.push(part);
  }
  return bytes;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value as Iterable<unknown>;
  const entries: readonly unknown[][] = value instanceof Map ? [...value] : Object.entries(value);
  const own = value instanceof Error ? [value.message, value.stack, value.cause] : [];
  return [...own, ...entries.flat()];
}
