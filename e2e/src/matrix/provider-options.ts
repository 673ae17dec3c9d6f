import { providers, type ProviderOptions } from '@worker-auth/token-manager';
import type { Form } from './sources.ts';
import { authenticatedBy, redirectedFetch, requested, withServer } from './token-options.ts';

/** One of each preset: what it asks, and where. */
const presets: Readonly<Record<keyof typeof providers, readonly [preset: ProviderOptions, url: string]>> = {
  keycloak: [
    providers.keycloak({ url: 'https://id.example', realm: 'apps', scope: 'a' }),
    'https://id.example/realms/apps/protocol/openid-connect/token',
  ],
  auth0: [
    providers.auth0({ domain: 'apps.auth0.example', audience: 'urn:api', organization: 'org_1' }),
    'https://apps.auth0.example/oauth/token',
  ],
  okta: [
    providers.okta({ domain: 'apps.okta.example', authorizationServer: 'own', scope: ['a', 'b'] }),
    'https://apps.okta.example/oauth2/own/v1/token',
  ],
  entra: [
    providers.entra({ tenant: 'contoso.example', resource: 'api://temporal' }),
    'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
  ],
  cognito: [
    providers.cognito({ domain: 'apps.example', scope: 'a', clientMetadata: { team: 'data' } }),
    'https://apps.example/oauth2/token',
  ],
  pingOne: [
    providers.pingOne({ environmentId: 'e-1', scope: 'a', authDomain: 'auth.example' }),
    'https://auth.example/e-1/as/token',
  ],
  pingFederate: [
    providers.pingFederate({ url: 'https://ping.example', scope: 'a' }),
    'https://ping.example/as/token.oauth2',
  ],
  zitadel: [
    providers.zitadel({ url: 'https://apps.zitadel.example', projectId: '7' }),
    'https://apps.zitadel.example/oauth/v2/token',
  ],
  hydra: [
    providers.hydra({ url: 'https://hydra.example', scope: 'a', audience: 'urn:api' }),
    'https://hydra.example/oauth2/token',
  ],
  dex: [
    providers.dex({ issuer: 'https://dex.example/dex', scope: 'openid' }),
    'https://dex.example/dex/token',
  ],
};

function presetForm([name, [preset, url]]: readonly [string, readonly [ProviderOptions, string]]): Form {
  const asked: string[] = [];
  return {
    title: `provider: providers.${name}(…)`,
    options: (cell) => ({
      ...withServer(cell, { provider: preset }),
      fetch: redirectedFetch(cell, asked),
    }),
    arrives: (cell) => {
      if (asked[0] !== url) throw new Error(`The token was requested at ${asked[0]}, not at ${url}`);
      authenticatedBy(cell, preset.clientAuth ?? '');
      const scope = [preset.scope ?? []].flat().join(' ') || undefined;
      requested(cell, { scope, audience: preset.audience, ...preset.extraParams });
    },
  };
}

/** Each preset, with all that it takes. */
export const providerForms: readonly Form[] = Object.entries(presets).map(presetForm);
