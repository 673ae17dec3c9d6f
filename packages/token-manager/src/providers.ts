import type { TokenManagerOptions } from './options.ts';

/** What a preset sets; spread it into the options of a `TokenManager`, with your own over it. */
export type ProviderOptions = Readonly<
  Pick<TokenManagerOptions, 'assertionAudience' | 'scope' | 'policy' | 'metered'>
>;

/** Where each token costs money or quota: at 80 % of its life, however long that is, and not each 30 minutes. */
const sparing: ProviderOptions = { policy: { maxDelayMs: 30 * 24 * 60 * 60 * 1_000 }, metered: true };

/** Which have the URL of their token endpoint as the audience of assertions, as before RFC 10070. */
const olderAudience: ProviderOptions = { assertionAudience: 'token-endpoint' };

const okta: ProviderOptions = { ...sparing, ...olderAudience };

/**
 * What the metadata of an issuer do not say, beside an `issuer` of yours and the `scope` or `audience` that the provider asks for. Providers
 * that are not here, such as Keycloak and PingOne, need nothing more.
 *
 * Google has no client credentials grant: implement a `TokenSource` for its service accounts.
 */
export const providers = {
  /** Charges for tokens. */
  auth0: sparing,
  /** Limits each application. */
  okta,
  entra: olderAudience,
  /** Charges for tokens. */
  cognito: sparing,
  pingFederate: olderAudience,
  /** Counts tokens. */
  zitadel: sparing,
  hydra: olderAudience,
  /** Its tokens have groups with this scope alone. */
  dex: { scope: 'openid groups' },
} as const satisfies Readonly<Record<string, ProviderOptions>>;
