import { daprBackEndErrors, type FakeDaprComponent } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import { bundle, component, rejection, startFake } from './support.ts';

type Variables = Readonly<Record<string, string>>;

const applicationName = 'postgres-extraction';
const pair = { ATLAN_AUTH_CLIENT_ID: 'sdk-id', ATLAN_AUTH_CLIENT_SECRET: 'sdk-secret' };
const vault = 'secretstores.hashicorp.vault';
const aws = 'secretstores.aws.secretmanager';
const inDefault = `Dapr secret store component "${component}", secret "ATLAN_DEPLOYMENT_SECRETS"`;
const oneByOne = `Dapr secret store component "${component}", secrets "ATLAN_AUTH_CLIENT_ID" and "ATLAN_AUTH_CLIENT_SECRET"`;

async function discover(described: Partial<FakeDaprComponent>, env: Variables = {}) {
  const { url, fake } = await startFake({ components: [{ name: component, type: vault, ...described }] });
  return { fake, source: discoverCredentials({ applicationName, env: { DAPR_HTTP_ENDPOINT: url, ...env } }) };
}

type Layout = readonly [what: string, described: Partial<FakeDaprComponent>, source: string, env: Variables];

/** As the wheels of application-sdk 1.0.0 to 3.52.0 read them. */
const layouts: readonly Layout[] = [
  ['the secret of the default name', { secrets: { ATLAN_DEPLOYMENT_SECRETS: pair } }, inDefault, {}],
  [
    'one JSON value',
    { type: aws, secrets: { ATLAN_DEPLOYMENT_SECRETS: JSON.stringify(pair) } },
    inDefault,
    {},
  ],
  [
    'the component and the secret that variables name',
    { name: 'theirs', secrets: { theirs: pair } },
    'Dapr secret store component "theirs", secret "theirs"',
    { DEPLOYMENT_SECRET_STORE_NAME: 'theirs', ATLAN_DEPLOYMENT_SECRET_PATH: 'theirs' },
  ],
  [
    'keys with other names',
    { secrets: { ATLAN_DEPLOYMENT_SECRETS: { id: 'sdk-id', key: 'sdk-secret' } } },
    inDefault,
    { ATLAN_AUTH_CLIENT_ID_KEY: 'id', ATLAN_AUTH_CLIENT_SECRET_KEY: 'key' },
  ],
  ['variables of the sidecar', { type: 'secretstores.local.env', secrets: pair }, oneByOne, {}],
  [
    'one secret a key, beside a secret without them',
    { type: aws, secrets: { ATLAN_DEPLOYMENT_SECRETS: '{"deployment_name":"one"}', ...pair } },
    oneByOne,
    {},
  ],
  [
    'one secret a key, whose only field has another name',
    {
      secrets: {
        ATLAN_AUTH_CLIENT_ID: { value: 'sdk-id' },
        ATLAN_AUTH_CLIENT_SECRET: { value: 'sdk-secret' },
      },
    },
    oneByOne,
    {},
  ],
];

describe('the credentials of application-sdk', () => {
  it.each(layouts)('are found in %s', async (_what, described, expected, env) => {
    const { source } = await discover(described, env);
    const { clientId, clientSecret, source: from } = await source.get();
    expect([clientId, clientSecret, from]).toEqual(['sdk-id', 'sdk-secret', expected]);
  });

  it("come after the application's own", async () => {
    const secrets = { ATLAN_DEPLOYMENT_SECRETS: { ...pair, ...bundle } };
    expect((await (await discover({ secrets })).source.get()).clientId).toBe('the-id');
  });

  it('are found where nothing but their secret may be read', async () => {
    const { fake, source } = await discover({
      type: aws,
      secrets: { ATLAN_DEPLOYMENT_SECRETS: JSON.stringify(pair) },
    });
    fake.breakComponent(component, (name) =>
      name === 'ATLAN_DEPLOYMENT_SECRETS' ? undefined : daprBackEndErrors[aws].denied(name),
    );
    expect((await source.get()).clientId).toBe('sdk-id');
  });

  it('are incomplete without one of them', async () => {
    const secrets = { ATLAN_DEPLOYMENT_SECRETS: { ATLAN_AUTH_CLIENT_ID: 'sdk-id' } };
    expect(String(await rejection((await discover({ secrets })).source.get()))).toContain(
      'has "ATLAN_AUTH_CLIENT_ID" but no "ATLAN_AUTH_CLIENT_SECRET"',
    );
  });
});
