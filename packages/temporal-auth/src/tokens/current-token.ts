import type { TokenSource } from '@worker-auth/token-manager';
import { notReady } from '../errors/own-errors.ts';

/** @throws ConfigurationError when there is none */
export function currentToken(tokens: TokenSource): string {
  const token = tokens.peek();
  if (token === undefined) throw notReady();
  return token;
}
