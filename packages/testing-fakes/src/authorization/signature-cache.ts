import { hash, type KeyObject } from 'node:crypto';

/** More tokens than this are not remembered at a time. */
const maxTokens = 1_000;

/** Digests of the tokens that each key has signed. A key that is read again is another one. */
const signedBy = new WeakMap<KeyObject, Set<string>>();

/**
 * Whether a token is signed by a key, asking `check` once: a worker sends the same token with every call, and the check is the most
 * expensive part of one.
 */
export function isSignedBy(key: KeyObject, token: string, check: () => boolean): boolean {
  const known = signedBy.get(key) ?? new Set();
  signedBy.set(key, known);
  const digest = hash('sha256', token);
  if (known.has(digest)) return true;
  if (!check()) return false;
  if (known.size >= maxTokens) known.clear();
  known.add(digest);
  return true;
}
