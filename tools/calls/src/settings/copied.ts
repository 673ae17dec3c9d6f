/**
 * A copy of what the user may change after handing it over: objects, lists and bytes, at any depth. What has methods or is of a class of its own is the
 * same.
 */
export function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T & unknown[];
  if (ArrayBuffer.isView(value)) return bytesOf(value) as T & Uint8Array;
  if (!isData(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part)])) as T & object;
}

/** Buffers stay buffers: TLS takes nothing else. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));
}

function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((part) => typeof part !== 'function');
}
