/** Layers are few; a chain of causes may be a circle. */
const maxDepth = 8;

/**
 * The system's code of a failed connection, such as `ECONNREFUSED`, from under the layers of `fetch` and its wrappers: the innermost
 * one. Nothing else of the error is worth showing: it carries the request. `undefined` when there is none that looks like a code.
 *
 * Never throws and always ends, whatever was thrown.
 */
export function networkErrorCode(error: unknown): string | undefined {
  let code: string | undefined;
  let layer = error;
  for (let depth = 0; depth < maxDepth; depth++) {
    const found = read(layer, 'code');
    if (typeof found === 'string' && /^\w{1,64}$/.test(found)) code = found;
    layer = read(layer, 'cause');
  }
  return code;
}

function read(target: unknown, key: 'code' | 'cause'): unknown {
  try {
    return (target as Partial<Record<typeof key, unknown>>)[key];
  } catch {
    // Nothing can be read: null, undefined, or a getter of somebody's.
  }
  return undefined;
}
