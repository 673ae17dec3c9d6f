import {
  checkBoolean,
  checkChoice,
  checkOptions,
  type GetTokenOptions,
  type OptionNames,
} from '@worker-auth/internal';
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

const getTokenOptions: OptionNames<GetTokenOptions> = {
  rejectedToken: true,
  rejectedAs: true,
  forceRefresh: true,
  signal: true,
};

/** @throws TypeError for what are no options of `getToken` */
export function checkGetTokenOptions(options: GetTokenOptions): void {
  checkOptions('getToken', options, getTokenOptions);
  checkBoolean('forceRefresh', options.forceRefresh);
  checkChoice('rejectedAs', options.rejectedAs, ['revoked', 'denied']);
}
