export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The object that a text in JSON stands for; `{}` for `null`, as golang-jwt has it.
 *
 * @returns undefined when it is no object in JSON, or has a number beyond the range of 64-bit floating point
 */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text, rejectInfinity);
    if (value === null) return {};
    return typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The first object in a text, whatever follows it. */
export function parseFirstObject(text: string): JsonObject | undefined {
  return parseObject(text) ?? parseObject(text.slice(0, endOfObject(text)));
}

function rejectInfinity(_name: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError('Out of range');
  return value;
}

/** Where the first object of the text ends: behind the brace that closes its first one. */
function endOfObject(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth++;
    if (token === '}' && --depth === 0) return index + 1;
  }
  return 0;
}
