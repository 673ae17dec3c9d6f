import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TokenManagerOptions } from '../src/options.ts';
import { type ProviderOptions, providers } from '../src/providers.ts';
import { TokenManager } from '../src/token-manager.ts';

interface WireRequest {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly form: string;
}

const credentials = { clientId: 'orders-worker', clientSecret: 'kept~secret' };
const basic = `Basic ${Buffer.from('orders-worker:kept%7Esecret').toString('base64')}`;

/** What of an issuer's metadata is used. */
interface Metadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly token_endpoint_auth_methods_supported: readonly string[];
}

/** The token request as it would leave, to a server with these metadata. */
async function requestOf(
  options: Omit<TokenManagerOptions, 'credentials'>,
  metadata?: Metadata,
): Promise<WireRequest> {
  const sent: WireRequest[] = [];
  await using tokens = new TokenManager({
    credentials,
    ...options,
    fetch: (url, init) => {
      if (init.method === 'GET') return Promise.resolve(Response.json(metadata));
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

const [byBasic, byPost, byKey] = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** Per provider: issuer, token endpoint, what it offers; the options beside the issuer, and the form that leaves, always with a Basic header. */
const documented: readonly (readonly [
  string,
  string,
  string,
  readonly string[],
  Partial<TokenManagerOptions>,
  string,
])[] = [
  [
    'Keycloak',
    'https://kc.example/realms/a',
    'https://kc.example/realms/a/protocol/openid-connect/token',
    [byKey, byBasic, byPost, 'tls_client_auth', 'client_secret_jwt'],
    {},
    '',
  ],
  [
    'Auth0',
    'https://t.eu.auth0.com/',
    'https://t.eu.auth0.com/oauth/token',
    [byBasic, byPost, byKey],
    { ...providers.auth0, audience: 'https://temporal', extraParams: { organization: 'org_1' } },
    '&audience=https%3A%2F%2Ftemporal&organization=org_1',
  ],
  [
    'Okta',
    'https://dev-1.okta.com/oauth2/aus1',
    'https://dev-1.okta.com/oauth2/aus1/v1/token',
    [byBasic, byPost, 'client_secret_jwt', byKey, 'none'],
    { ...providers.okta, scope: ['default:write', 'b'] },
    '&scope=default%3Awrite+b',
  ],
  [
    'Entra ID',
    'https://login.microsoftonline.com/72f9/v2.0',
    'https://login.microsoftonline.com/72f9/oauth2/v2.0/token',
    [byPost, byKey, byBasic],
    { ...providers.entra, scope: 'api://temporal/.default' },
    '&scope=api%3A%2F%2Ftemporal%2F.default',
  ],
  [
    'Cognito',
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
    'https://acme.auth.eu-central-1.amazoncognito.com/oauth2/token',
    [byBasic, byPost],
    { ...providers.cognito, extraParams: { aws_client_metadata: '{"a":"1"}' } },
    '&aws_client_metadata=%7B%22a%22%3A%221%22%7D',
  ],
  [
    'PingOne',
    'https://auth.pingone.eu/0a1b/as',
    'https://auth.pingone.eu/0a1b/as/token',
    ['none', byKey, 'client_secret_jwt', byBasic, byPost],
    { scope: 'temporal:write' },
    '&scope=temporal%3Awrite',
  ],
  [
    'PingFederate',
    'https://pf.example:9031',
    'https://pf.example:9031/as/token.oauth2',
    [byBasic, byPost, byKey],
    providers.pingFederate,
    '',
  ],
  [
    'Zitadel',
    'https://acme.zitadel.cloud',
    'https://acme.zitadel.cloud/oauth/v2/token',
    ['none', byBasic, byPost, byKey],
    { ...providers.zitadel, scope: 'openid urn:zitadel:iam:org:project:id:42:aud' },
    '&scope=openid+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3A42%3Aaud',
  ],
  [
    'Hydra',
    'https://hydra.example',
    'https://hydra.example/oauth2/token',
    [byPost, byBasic, byKey, 'none'],
    { ...providers.hydra, scope: 'default:write', audience: 'temporal' },
    '&scope=default%3Awrite&audience=temporal',
  ],
  [
    'Dex',
    'https://dex.example/dex',
    'https://dex.example/dex/token',
    [byBasic, byPost],
    providers.dex,
    '&scope=openid+groups',
  ],
];

describe('the issuer, and the preset where there is one', () => {
  it.each(documented)(
    'of %s are enough for the request that it documents',
    async (_name, issuer, url, methods, options, form) => {
      const metadata = { issuer, token_endpoint: url, token_endpoint_auth_methods_supported: methods };
      expect(await requestOf({ issuer, ...options }, metadata)).toEqual({
        url,
        authorization: basic,
        form: `grant_type=client_credentials${form}`,
      });
    },
  );

  it('have the token endpoint as the audience of assertions where the provider wants that', () => {
    const names = Object.entries(providers).filter(([, preset]) => 'assertionAudience' in preset);
    expect(names.map(([name]) => name)).toEqual(['okta', 'entra', 'pingFederate', 'hydra']);
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
    ['Keycloak', undefined],
    ['Auth0', providers.auth0.policy],
    ['Okta', providers.okta.policy],
    ['Microsoft Entra ID', providers.entra.policy],
    ['Amazon Cognito', providers.cognito.policy],
    ['PingOne', undefined],
    ['Zitadel', providers.zitadel.policy],
    ['ORY Hydra', providers.hydra.policy],
    ['Dex', undefined],
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
      ...providers.entra,
      tokenUrl: 'https://login.microsoftonline.com/t/oauth2/v2.0/token',
      scope: 'api://temporal/.default',
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
