import { checkOptions, type OptionNames } from '@worker-auth/internal';
import type { TokenManagerOptions } from './options.ts';
import { trimSlash } from './token-url.ts';

/** What a preset sets; spread it into the options of a `TokenManager`, with your own over it. */
export type ProviderOptions = Readonly<
  Pick<
    TokenManagerOptions,
    | 'tokenUrl'
    | 'clientAuth'
    | 'assertionAudience'
    | 'scope'
    | 'audience'
    | 'extraParams'
    | 'policy'
    | 'metered'
  >
>;

/** Where each token costs money or quota: at 80 % of its life, however long that is, and not each 30 minutes. */
const sparing = { policy: { maxDelayMs: 30 * 24 * 60 * 60 * 1_000 }, metered: true } as const;

type Scope = string | readonly string[];

/**
 * The client credentials request as each provider documents it. Where a client may choose how it authenticates, a preset
 * takes what the provider's documentation shows.
 *
 * Auth0, Okta, Cognito and Zitadel charge for tokens, or count them: their presets are `metered`, with a `policy` without the cap of 30 minutes.
 *
 * Google has no client credentials grant: implement a `TokenSource` for its service accounts.
 */
export const providers = {
  /** Keycloak. Audience and claims come from mappers of the client. Source: Keycloak, Securing applications. */
  keycloak: preset(
    'keycloak',
    { url: true, realm: true, scope: true },
    (at: { readonly url: string; readonly realm: string; readonly scope?: Scope }): ProviderOptions => ({
      ...issuedBy(
        `${trimSlash(at.url)}/realms/${encodeURIComponent(at.realm)}`,
        '/protocol/openid-connect/token',
      ),
      clientAuth: 'client_secret_basic',
      scope: at.scope,
    }),
  ),

  /** Auth0, where `audience` is the API's identifier. Source: Auth0, Client Credentials Flow, Get Token. */
  auth0: preset(
    'auth0',
    { domain: true, audience: true, organization: true },
    (at: {
      readonly domain: string;
      readonly audience: string;
      readonly organization?: string;
    }): ProviderOptions => ({
      tokenUrl: `https://${at.domain}/oauth/token`,
      clientAuth: 'client_secret_post',
      assertionAudience: `https://${at.domain}/`,
      ...sparing,
      audience: at.audience,
      ...(at.organization !== undefined && { extraParams: { organization: at.organization } }),
    }),
  ),

  /**
   * A custom authorization server of Okta, which wants at least one custom scope; `openid` is refused. Source: Okta, Implement
   * authorization by grant type, Client Credentials.
   *
   * @param at.authorizationServer default `default`
   */
  okta: preset(
    'okta',
    { domain: true, authorizationServer: true, scope: true },
    (at: {
      readonly domain: string;
      readonly authorizationServer?: string;
      readonly scope: Scope;
    }): ProviderOptions => ({
      tokenUrl: `https://${at.domain}/oauth2/${at.authorizationServer ?? 'default'}/v1/token`,
      ...sparing,
      clientAuth: 'client_secret_basic',
      assertionAudience: 'token-endpoint',
      scope: at.scope,
    }),
  ),

  /**
   * Microsoft Entra ID, endpoint version 2, where `resource` is the application id URI of the API. Source: Microsoft identity
   * platform, OAuth 2.0 client credentials flow.
   */
  entra: preset(
    'entra',
    { tenant: true, resource: true },
    (at: { readonly tenant: string; readonly resource: string }): ProviderOptions => ({
      tokenUrl: `https://login.microsoftonline.com/${encodeURIComponent(at.tenant)}/oauth2/v2.0/token`,
      clientAuth: 'client_secret_post',
      assertionAudience: 'token-endpoint',
      scope: `${trimSlash(at.resource)}/.default`,
    }),
  ),

  /**
   * Amazon Cognito, where `domain` is the user pool's. Without a scope it grants all that the client is allowed. Source: Amazon
   * Cognito, The token issuer endpoint.
   */
  cognito: preset(
    'cognito',
    { domain: true, scope: true, clientMetadata: true },
    (at: {
      readonly domain: string;
      readonly scope?: Scope;
      readonly clientMetadata?: Readonly<Record<string, string>>;
    }): ProviderOptions => ({
      tokenUrl: `https://${at.domain}/oauth2/token`,
      ...sparing,
      clientAuth: 'client_secret_basic',
      scope: at.scope,
      ...(at.clientMetadata !== undefined && {
        extraParams: { aws_client_metadata: JSON.stringify(at.clientMetadata) },
      }),
    }),
  ),

  /**
   * PingOne, whose application accepts exactly the method it is set to; scopes are those of one custom resource. Source: PingOne
   * Platform API, Token.
   *
   * @param at.authDomain default `auth.pingone.com`
   */
  pingOne: preset(
    'pingOne',
    { environmentId: true, scope: true, authDomain: true },
    (at: {
      readonly environmentId: string;
      readonly scope: Scope;
      readonly authDomain?: string;
    }): ProviderOptions => ({
      ...issuedBy(
        `https://${at.authDomain ?? 'auth.pingone.com'}/${encodeURIComponent(at.environmentId)}/as`,
        '/token',
      ),
      clientAuth: 'client_secret_basic',
      scope: at.scope,
    }),
  ),

  /** PingFederate. Source: PingFederate Server, Token endpoint. */
  pingFederate: preset(
    'pingFederate',
    { url: true, scope: true },
    (at: { readonly url: string; readonly scope?: Scope }): ProviderOptions => ({
      tokenUrl: `${trimSlash(at.url)}/as/token.oauth2`,
      clientAuth: 'client_secret_basic',
      assertionAudience: 'token-endpoint',
      scope: at.scope,
    }),
  ),

  /**
   * Zitadel, for a service user whose tokens are JWTs; the project becomes the audience. Source: Zitadel, Client credentials for
   * service users, Scopes.
   */
  zitadel: preset(
    'zitadel',
    { url: true, projectId: true },
    (at: { readonly url: string; readonly projectId: string }): ProviderOptions => ({
      ...issuedBy(trimSlash(at.url), '/oauth/v2/token'),
      ...sparing,
      clientAuth: 'client_secret_basic',
      scope: `openid urn:zitadel:iam:org:project:id:${at.projectId}:aud`,
    }),
  ),

  /** ORY Hydra, where scope and audience are granted only when asked for. Source: Ory, OAuth2 client credentials flow. */
  hydra: preset(
    'hydra',
    { url: true, scope: true, audience: true },
    (at: { readonly url: string; readonly scope?: Scope; readonly audience?: string }): ProviderOptions => ({
      tokenUrl: `${trimSlash(at.url)}/oauth2/token`,
      clientAuth: 'client_secret_basic',
      assertionAudience: 'token-endpoint',
      scope: at.scope,
      audience: at.audience,
    }),
  ),

  /**
   * Dex, whose grant is off by default. Source: Dex, Client credentials.
   *
   * @param at.scope default `openid groups`
   */
  dex: preset(
    'dex',
    { issuer: true, scope: true },
    (at: { readonly issuer: string; readonly scope?: Scope }): ProviderOptions => ({
      tokenUrl: `${trimSlash(at.issuer)}/token`,
      clientAuth: 'client_secret_basic',
      scope: at.scope ?? 'openid groups',
    }),
  ),
};

/** A preset that refuses misspelt parameters. */
function preset<T>(
  name: string,
  names: OptionNames<T>,
  build: (at: T) => ProviderOptions,
): (at: T) => ProviderOptions {
  return (at) => {
    checkOptions(`providers.${name}`, at, names);
    return build(at);
  };
}

/** A server that takes its issuer identifier as the audience of assertions, with the token endpoint under it. */
function issuedBy(issuer: string, path: string): Pick<ProviderOptions, 'tokenUrl' | 'assertionAudience'> {
  return { tokenUrl: `${issuer}${path}`, assertionAudience: issuer };
}
