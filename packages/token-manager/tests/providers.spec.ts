import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ProviderOptions, providers, TokenManager, type TokenManagerOptions } from '../src/index.ts';

interface WireRequest {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly form: string;
}

const credentials = { clientId: 'orders-worker', clientSecret: 'kept~secret' };
const basic = `Basic ${Buffer.from('orders-worker:kept%7Esecret').toString('base64')}`;

/** The token request as it would leave. */
async function requestOf(options: Omit<TokenManagerOptions, 'credentials'>): Promise<WireRequest> {
  const sent: WireRequest[] = [];
  await using tokens = new TokenManager({
    credentials,
    ...options,
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      sent.push({
        url,
        authorization: headers.get('authorization') ?? undefined,
        form: typeof init.body === 'string' ? init.body : '',
      });
      return Promise.resolve(Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 60 }));
    },
  });
  await tokens.getToken();
  const [request] = sent;
  if (request === undefined) throw new Error('No request left');
  return request;
}

/** As the provider's documentation shows it: the URL, whether a Basic header, and the form in its order. */
const documented: Record<keyof typeof providers, readonly [() => ProviderOptions, WireRequest]> = {
  keycloak: [
    () => providers.keycloak({ url: 'https://kc.example/', realm: 'work flows' }),
    {
      url: 'https://kc.example/realms/work%20flows/protocol/openid-connect/token',
      authorization: basic,
      form: 'grant_type=client_credentials',
    },
  ],
  auth0: [
    () => providers.auth0({ domain: 't.eu.auth0.com', audience: 'https://temporal', organization: 'org_1' }),
    {
      url: 'https://t.eu.auth0.com/oauth/token',
      authorization: undefined,
      form:
        'grant_type=client_credentials&audience=https%3A%2F%2Ftemporal&organization=org_1' +
        '&client_id=orders-worker&client_secret=kept%7Esecret',
    },
  ],
  okta: [
    () =>
      providers.okta({
        domain: 'dev-1.okta.com',
        authorizationServer: 'aus1',
        scope: ['default:write', 'b'],
      }),
    {
      url: 'https://dev-1.okta.com/oauth2/aus1/v1/token',
      authorization: basic,
      form: 'grant_type=client_credentials&scope=default%3Awrite+b',
    },
  ],
  entra: [
    () => providers.entra({ tenant: 'contoso.example', resource: 'api://temporal' }),
    {
      url: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
      authorization: undefined,
      form:
        'grant_type=client_credentials&scope=api%3A%2F%2Ftemporal%2F.default' +
        '&client_id=orders-worker&client_secret=kept%7Esecret',
    },
  ],
  cognito: [
    () =>
      providers.cognito({
        domain: 'acme.auth.eu-central-1.amazoncognito.com',
        scope: 'temporal/write',
        clientMetadata: { a: '1' },
      }),
    {
      url: 'https://acme.auth.eu-central-1.amazoncognito.com/oauth2/token',
      authorization: basic,
      form:
        'grant_type=client_credentials&scope=temporal%2Fwrite' +
        '&aws_client_metadata=%7B%22a%22%3A%221%22%7D',
    },
  ],
  pingOne: [
    () =>
      providers.pingOne({ environmentId: '0a1b', scope: 'temporal:write', authDomain: 'auth.pingone.eu' }),
    {
      url: 'https://auth.pingone.eu/0a1b/as/token',
      authorization: basic,
      form: 'grant_type=client_credentials&scope=temporal%3Awrite',
    },
  ],
  pingFederate: [
    () => providers.pingFederate({ url: 'https://pf.example:9031' }),
    {
      url: 'https://pf.example:9031/as/token.oauth2',
      authorization: basic,
      form: 'grant_type=client_credentials',
    },
  ],
  zitadel: [
    () => providers.zitadel({ url: 'https://acme.zitadel.cloud', projectId: '42' }),
    {
      url: 'https://acme.zitadel.cloud/oauth/v2/token',
      authorization: basic,
      form: 'grant_type=client_credentials&scope=openid+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3A42%3Aaud',
    },
  ],
  hydra: [
    () => providers.hydra({ url: 'https://hydra.example', scope: 'default:write', audience: 'temporal' }),
    {
      url: 'https://hydra.example/oauth2/token',
      authorization: basic,
      form: 'grant_type=client_credentials&scope=default%3Awrite&audience=temporal',
    },
  ],
  dex: [
    () => providers.dex({ issuer: 'https://dex.example/dex' }),
    {
      url: 'https://dex.example/dex/token',
      authorization: basic,
      form: 'grant_type=client_credentials&scope=openid+groups',
    },
  ],
};

describe('the preset', () => {
  it.each(Object.entries(documented))(
    '%s sends what the provider documents',
    async (_name, [preset, wire]) => {
      expect(await requestOf(preset())).toEqual(wire);
    },
  );

  it('leaves out what is optional, or has the documented default', () => {
    const domain = 't.example';
    expect(providers.auth0({ domain, audience: 'a' })).not.toHaveProperty('extraParams');
    expect(providers.cognito({ domain })).not.toHaveProperty('extraParams');
    expect(providers.okta({ domain, scope: 's' }).tokenUrl).toBe('https://t.example/oauth2/default/v1/token');
    expect(providers.pingOne({ environmentId: 'e', scope: 's' }).tokenUrl).toBe(
      'https://auth.pingone.com/e/as/token',
    );
    expect(providers.dex({ issuer: 'https://dex.example/', scope: 's' })).toEqual({
      tokenUrl: 'https://dex.example/token',
      clientAuth: 'client_secret_basic',
      scope: 's',
    });
  });

  it.each<readonly [ProviderOptions, string | undefined]>([
    [providers.keycloak({ url: 'https://kc.example/', realm: 'r' }), 'https://kc.example/realms/r'],
    [providers.auth0({ domain: 't.auth0.com', audience: 'a' }), 'https://t.auth0.com/'],
    [providers.okta({ domain: 'd.okta.com', scope: 's' }), 'token-endpoint'],
    [providers.entra({ tenant: 't', resource: 'r' }), 'token-endpoint'],
    [providers.cognito({ domain: 'd.example' }), undefined],
    [providers.pingOne({ environmentId: 'e', scope: 's' }), 'https://auth.pingone.com/e/as'],
    [providers.pingFederate({ url: 'https://ping.example' }), 'token-endpoint'],
    [providers.zitadel({ url: 'https://z.example/', projectId: '1' }), 'https://z.example'],
    [providers.hydra({ url: 'https://hydra.example' }), 'token-endpoint'],
    [providers.dex({ issuer: 'https://dex.example' }), undefined],
  ])('has the audience of assertions that the provider takes: %j', ({ assertionAudience }, audience) => {
    expect(assertionAudience).toBe(audience);
  });

  it('takes a URL with and without a slash at its end, and slashes within it', () => {
    for (const url of ['https://kc.example/auth', 'https://kc.example/auth/']) {
      expect(providers.keycloak({ url, realm: 'r' }).tokenUrl).toBe(
        'https://kc.example/auth/realms/r/protocol/openid-connect/token',
      );
    }
  });

  it('gives way to an option of the caller', async () => {
    const preset = providers.keycloak({ url: 'https://kc.example', realm: 'r' });
    const { authorization, form } = await requestOf({
      ...preset,
      clientAuth: 'client_secret_post',
      scope: 's',
    });
    expect(authorization).toBeUndefined();
    expect(form).toContain('scope=s');
  });
});

describe('the table of requests a month', () => {
  const lifetimes: Readonly<Record<string, number>> = {
    '5 min': 300,
    '1 h': 3_600,
    '12 h': 43_199,
    '24 h': 86_400,
  };
  const page = readFileSync(new URL('../docs/providers.md', import.meta.url), 'utf8');
  const rows = page
    .slice(page.indexOf('## What tokens cost'), page.indexOf('## Other grants'))
    .split('\n')
    .filter((line) => /^\| .* \d/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  const perMonth = (lifetime: string, policy: ProviderOptions['policy']): string => {
    const delayMs = refreshDelay((lifetimes[lifetime] ?? 0) * 1_000, policy, () => 0.5);
    return Math.round((30 * 24 * 3_600_000) / delayMs).toLocaleString('en');
  };

  const presets: readonly (readonly [name: string, policy: ProviderOptions['policy']])[] = [
    ['Keycloak', providers.keycloak({ url: 'https://a.example', realm: 'r' }).policy],
    ['Auth0', providers.auth0({ domain: 'd', audience: 'a' }).policy],
    ['Okta', providers.okta({ domain: 'd', scope: 's' }).policy],
    ['Microsoft Entra ID', providers.entra({ tenant: 't', resource: 'r' }).policy],
    ['Amazon Cognito', providers.cognito({ domain: 'd' }).policy],
    ['PingOne', providers.pingOne({ environmentId: 'e', scope: 's' }).policy],
    ['Zitadel', providers.zitadel({ url: 'https://z.example', projectId: '1' }).policy],
    ['ORY Hydra', providers.hydra({ url: 'https://h.example' }).policy],
    ['Dex', providers.dex({ issuer: 'https://d.example' }).policy],
  ];

  it('is what the policies give', () => {
    expect(
      rows.map(([name, lifetime = '', byPreset, byDefault]) => [name, lifetime, byPreset, byDefault]),
    ).toEqual(
      presets.map(([name, policy], index) => {
        const lifetime = rows[index]?.[1] ?? '';
        return [name, lifetime, perMonth(lifetime, policy), perMonth(lifetime, undefined)];
      }),
    );
  });

  it('has no more than 40 for a token of Auth0, whatever chance says', () => {
    const [, policy] = presets[1] ?? [];
    expect((30 * 24 * 3_600_000) / refreshDelay(86_400_000, policy, () => 0)).toBeLessThanOrEqual(40);
  });
});

describe('documented variants without a preset', () => {
  it('Entra endpoint version 1: a resource in place of a scope', async () => {
    const { form } = await requestOf({
      tokenUrl: 'https://login.microsoftonline.com/t/oauth2/token',
      resource: 'api://temporal',
    });
    expect(form).toContain('grant_type=client_credentials&resource=api%3A%2F%2Ftemporal');
  });

  it('Entra federated credentials: an assertion that the platform issued', async () => {
    const { form } = await requestOf({
      ...providers.entra({ tenant: 't', resource: 'api://temporal' }),
      clientAuth: undefined,
      clientAssertion: () => 'header.payload.signature',
    });
    expect([...new URLSearchParams(form)]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'api://temporal/.default'],
      ['client_id', 'orders-worker'],
      ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
      ['client_assertion', 'header.payload.signature'],
    ]);
  });
});
