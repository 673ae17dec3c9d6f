import type { TokenSource } from '@worker-auth/token-manager';

/** For connections without a token: a certificate is put in place of another by another connection. */
export const nothingToPush: Pick<TokenSource, 'peek' | 'subscribe'> = {
  peek: () => undefined,
  subscribe: () => () => undefined,
};
