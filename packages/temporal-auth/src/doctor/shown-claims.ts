import { sanitize } from '@worker-auth/inlined/network';

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(
  claims: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Readonly<Record<string, unknown>> {
  return shown(claims, secrets, 0) as Readonly<Record<string, unknown>>;
}

function shown(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return sanitize(value, { secrets, maxLength: maxTextLength });
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return '…';
  if (Array.isArray(value)) return value.map((one) => shown(one, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [sanitize(name, { secrets }), shown(one, secrets, depth + 1)]),
  );
}
