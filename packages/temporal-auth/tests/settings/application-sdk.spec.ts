import { FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { readPlace, readTls } from '@worker-auth/calls/settings/host';

type Variables = Readonly<Record<string, string>>;

interface Layout {
  /** What the Dapr component has, with the client of the test. */
  readonly secrets?: (id: string, secret: string) => Readonly<Record<string, Variables>>;
  readonly variables: (id: string, secret: string, tokenUrl: string) => Variables;
  readonly component?: string;
  readonly comesTo: { readonly address: string; readonly namespace: string; readonly tls: boolean };
}

const name = { ATLAN_APPLICATION_NAME: 'postgres-extraction' };
const place = {
  ...{ ATLAN_WORKFLOW_HOST: 'temporal', ATLAN_WORKFLOW_PORT: '443', ATLAN_WORKFLOW_NAMESPACE: 'apps' },
  ATLAN_WORKFLOW_TLS_ENABLED: 'true',
};
const comesTo = { address: 'temporal:443', namespace: 'apps', tls: true };
const pair = (id: string, secret: string) => ({ ATLAN_AUTH_CLIENT_ID: id, ATLAN_AUTH_CLIENT_SECRET: secret });
const switchedOn = (url: string) => ({ ...name, ATLAN_AUTH_ENABLED: 'true', ATLAN_AUTH_URL: url });

const layouts: Readonly<Record<string, Layout>> = {
  '1 and 2': {
    secrets: (id, secret) => ({ ATLAN_DEPLOYMENT_SECRETS: pair(id, secret) }),
    variables: (_id, _secret, url) => ({ ...switchedOn(url), ...place }),
    comesTo,
  },
  '1 and 2, with names of your own': {
    secrets: (id, secret) => ({ theirs: { id, key: secret } }),
    component: 'their-store',
    variables: (_id, _secret, url) => ({
      ...{ ...switchedOn(url), ...place, DEPLOYMENT_SECRET_STORE_NAME: 'their-store' },
      ...{ ATLAN_DEPLOYMENT_SECRET_PATH: 'theirs', ATLAN_AUTH_CLIENT_ID_KEY: 'id' },
      ATLAN_AUTH_CLIENT_SECRET_KEY: 'key',
    }),
    comesTo,
  },
  '3': {
    variables: (id, secret, url) => ({
      ...{ ...name, ...pair(id, secret), ATLAN_AUTH_ENABLED: 'true', ATLAN_AUTH_TOKEN_URL: url },
      ...{ ATLAN_TEMPORAL_HOST: 'temporal:443', ATLAN_TEMPORAL_NAMESPACE: 'apps' },
      ATLAN_TEMPORAL_TLS_ENABLED: 'true',
    }),
    comesTo,
  },
  '3, beside variables of 2 that are out of date': {
    variables: (id, secret, url) => ({
      ...{ ...switchedOn(url), ...pair(id, secret), ...place },
      ...{ ATLAN_TEMPORAL_HOST: 'newer', ATLAN_TEMPORAL_NAMESPACE: 'newer' },
      ATLAN_TEMPORAL_TLS_ENABLED: 'false',
    }),
    comesTo: { address: 'newer:7233', namespace: 'newer', tls: false },
  },
  'the guide': {
    secrets: (id, secret) => ({
      'atlan-deployment-secrets': {
        postgres_extraction_client_id: id,
        postgres_extraction_client_secret: secret,
      },
    }),
    variables: (_id, _secret, url) => ({
      ...{ ...name, ...place, ATLAN_WORKFLOW_AUTH_ENABLED: 'true', ATLAN_WORKFLOW_AUTH_URL: url },
      ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'deployment-secret-store',
      ATLAN_DEPLOYMENT_SECRET_NAME: 'atlan-deployment-secrets',
    }),
    comesTo,
  },
};

describe.each(Object.entries(layouts))('the layout of application-sdk %s', (_versions, layout) => {
  it('gives a token', async () => {
    await using oauth = await MockOAuthServer.start();
    const { clientId, clientSecret, tokenUrl } = oauth;
    await using dapr = await FakeDaprSidecar.start({
      components: [
        {
          name: layout.component ?? 'deployment-secret-store',
          type: 'secretstores.hashicorp.vault',
          secrets: layout.secrets?.(clientId, clientSecret) ?? {},
        },
      ],
    });
    const env = {
      ...layout.variables(clientId, clientSecret, tokenUrl),
      DAPR_HTTP_ENDPOINT: dapr.url,
    };
    await using client = new AtlanAuthClient({ env, logger: new RecordingLogger() });
    expect(await client.getToken()).toBe(oauth.issuedTokens[0]);
  });

  it('names Temporal', () => {
    const env = layout.variables('id', 'secret', 'https://auth.example/token');
    const { address, namespace, isOfApplicationSdk } = readPlace({}, env);
    expect({ address, namespace, tls: readTls(env) }).toEqual(layout.comesTo);
    expect(isOfApplicationSdk).toBe(true);
  });
});
