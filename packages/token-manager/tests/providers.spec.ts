import { refreshDelay } from '@worker-auth/refresh-scheduler';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { TokenManagerOptions } from '../src/options.ts';
import { type ProviderOptions, providers } from '../src/providers.ts';
import { TokenManager } from '../src/tokens/token-manager.ts';

interface WireRequest {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly form: string;
}

const credentials = { clientId: 'orders-worker', clientSecret: 'kept~secret' };
const basic = `Basic ${Buffer.from('orders-worker:kept%7Esecret').toString('base64')}`;

const [byBasic, byPost] = ['client_secret_basic', 'client_secret_post'];

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

it.each(Object.entries<ProviderOptions>(providers))(
  'the issuer and the preset %s are enough for a request',
  async (_name, { scope = 'default:write', ...preset }) => {
    const metadata = {
      issuer: 'https://sso.example/realms/a',
      token_endpoint: 'https://sso.example/token',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt', byPost, byBasic],
    };
    const { issuer } = metadata;
    expect(await requestOf({ issuer, audience: 'temporal', scope, ...preset }, metadata)).toEqual({
      url: metadata.token_endpoint,
      authorization: basic,
      form: `grant_type=client_credentials&${new URLSearchParams({ scope: String(scope), audience: 'temporal' }).toString()}`,
    });
  },
);

describe('the guide', () => {
  const lifetimes: Readonly<Record<string, number>> = {
    '5 min': 300,
    '1 h': 3_600,
    '12 h': 43_199,
    '24 h': 86_400,
  };
  const page = readFileSync(new URL('../../../docs/guides/providers.md', import.meta.url), 'utf8');
  const table = page
    .split('\n')
    .filter((line) => line.startsWith('| ['))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const rows = table.filter(([, , , , lifetime = '']) => lifetime in lifetimes);

  const perMonth = (lifetime: string, policy: ProviderOptions['policy']): string => {
    const delayMs = refreshDelay((lifetimes[lifetime] ?? 0) * 1_000, policy, () => 0.5);
    return Math.round((30 * 24 * 3_600_000) / delayMs).toLocaleString('en');
  };

  it('has a row for each preset', () => {
    const named = table.flatMap(([, , preset = '']) => (preset === '' ? [] : [preset]));
    expect(named.sort()).toEqual(Object.keys(providers).sort());
  });

  it.each(Object.keys(providers))('has a page on which the program takes the preset %s', (preset) => {
    const pages = globSync(fileURLToPath(new URL('../../../docs/guides/providers/*.md', import.meta.url)));
    const text = `provider: '${preset}',`;
    expect(pages.filter((page) => readFileSync(page, 'utf8').includes(text))).toHaveLength(1);
  });

  it.each(rows)('is what the policy gives: %s%s', (...cells) => {
    const [, , preset = '', , lifetime = '', requests] = cells;
    const { policy } =
      Object.entries<ProviderOptions>(providers).find(([name]) => name === preset)?.[1] ?? {};
    expect(requests).toBe(perMonth(lifetime, policy));
  });
});
