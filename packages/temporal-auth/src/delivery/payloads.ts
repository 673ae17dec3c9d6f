import type { Payload } from '@temporalio/common';

/** As a request has them; `null` where there are none. */
export function detailsOf(payloads: readonly Payload[]): { payloads: Payload[] } | null {
  return payloads.length === 0 ? null : { payloads: [...payloads] };
}

/** Bytes of texts and bytes at any depth, and a little more. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 8);
}

/** With bytes of its own: a converter may hand on those of the activity's value. */
export function withOwnBytes(payload: Payload): Payload {
  return { ...payload, data: payload.data ? new Uint8Array(payload.data) : null };
}
