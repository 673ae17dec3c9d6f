import type { OptionNames } from '@worker-auth/internal';
import type { TokenManagerOptions } from './options.ts';

/** The options of a `TokenManager`. */
export const tokenManagerOptions: OptionNames<TokenManagerOptions> = {
  credentials: true,
  tokenUrl: true,
  issuer: true,
  clientAuth: true,
  basicEncoding: true,
  clientAssertion: true,
  assertionAudience: true,
  scope: true,
  audience: true,
  resource: true,
  extraParams: true,
  timeoutMs: true,
  maxTimeoutMs: true,
  defaultLifetimeMs: true,
  fetch: true,
  allowInsecureHttp: true,
  attemptTimeoutMs: true,
  credentialRereadMs: true,
  policy: true,
  metered: true,
  backoff: true,
  clock: true,
  random: true,
};
