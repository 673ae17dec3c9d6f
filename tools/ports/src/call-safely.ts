/**
 * Calls what the user gave. Whatever it throws, or rejects with, is dropped.
 *
 * @returns what it returns, or `otherwise` when it throws
 */
export function callSafely<T>(call: () => T, otherwise: T): T {
  try {
    const value = call();
    // An async function gives a promise, and nobody else is there to see it reject.
    if (typeof value === 'object' && value !== null && 'then' in value)
      Promise.resolve(value).catch(() => undefined);
    return value;
  } catch {
    return otherwise;
  }
}
