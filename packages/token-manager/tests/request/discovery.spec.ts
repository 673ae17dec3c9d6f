import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { TokenManager } from '../../src/tokens/token-manager.ts';
import { rejectionOf, startServer } from '../support.ts';

const credentials = { clientId: 'worker', clientSecret: 's3cret' };

/** A manager whose discovery documents are `documents`, by path; whatever else is asked for is a token. */
function managerOver(
  documents: Readonly<Record<string, Response | object>>,
  options: Partial<TokenManagerOptions> = {},
): { readonly tokens: TokenManager; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const tokens = new TokenManager({
    credentials,
    issuer: 'https://issuer.example/realms/x',
    ...options,
    fetch: (url, { method }) => {
      asked.push(`${method ?? ''} ${url}`);
      if (method === 'POST') {
        return Promise.resolve(Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 60 }));
      }
      const document = documents[new URL(url).pathname] ?? new Response('', { status: 404 });
      return Promise.resolve(document instanceof Response ? document.clone() : Response.json(document));
    },
  });
  return { tokens, asked };
}

const openId = '/realms/x/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server/realms/x';
const metadata = { issuer: 'https://issuer.example/realms/x', token_endpoint: 'https://tokens.example/t' };

describe('discovery', () => {
  it.each(['', '/realms/x'])('finds the token endpoint of a server, issuer path "%s"', async (issuerPath) => {
    const server = await startServer({ issuerPath });
    await using tokens = new TokenManager({ credentials, issuer: server.issuer });
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  it('asks once and remembers', async () => {
    const server = await startServer();
    await using tokens = new TokenManager({ credentials, issuer: server.issuer });
    await tokens.getToken();
    await tokens.getToken({ forceRefresh: true });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  it('asks again after a request that failed: the endpoint may have moved', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    await using tokens = new TokenManager({ credentials, issuer: server.issuer, random: () => 0, clock });
    server.injectFault('unavailable503');
    await rejectionOf(tokens.getToken());
    tokens.start();
    await clock.advance(2_000);
    expect(tokens.peek()).toBeDefined();
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'POST']);
  });

  it('uses the token endpoint of another host than the issuer', async () => {
    const { tokens, asked } = managerOver({ [openId]: metadata });
    await tokens.getToken();
    expect(asked).toEqual([`GET https://issuer.example${openId}`, 'POST https://tokens.example/t']);
  });

  it('falls back to the form of RFC 8414', async () => {
    const { tokens, asked } = managerOver({ [oauth]: metadata });
    await tokens.getToken();
    expect(asked).toContain(`GET https://issuer.example${oauth}`);
  });

  it.each([
    ['https://issuer.example/realms/x/', 'https://issuer.example/realms/x'],
    ['https://issuer.example/realms/x', 'https://issuer.example/realms/x/'],
    ['https://issuer.example/realms/x', 'https://issuer.example:443/realms/x'],
    ['https://issuer.example:443/realms/x', 'https://Issuer.Example/realms/x'],
    [`https://ISSUER.example${openId}`, 'https://issuer.example/realms/x'],
    [`https://issuer.example${oauth}`, 'https://issuer.example/realms/x'],
  ])('takes %s and %s for the same issuer', async (configured, stated) => {
    const { tokens } = managerOver({ [openId]: { ...metadata, issuer: stated } }, { issuer: configured });
    expect(await tokens.getToken()).toBe('x');
  });

  it('reads a document of 200 KiB', async () => {
    const document = { ...metadata, scopes_supported: [' '.repeat(200 * 1024)] };
    expect(await managerOver({ [openId]: document }).tokens.getToken()).toBe('x');
  });

  it('reads the document at metadataUrl alone, whichever issuer it names', async () => {
    const document = { ...metadata, issuer: 'acme.com' };
    const { tokens, asked } = managerOver(
      { '/documents/one': document },
      { issuer: undefined, metadataUrl: 'https://issuer.example/documents/one?tenant=a' },
    );
    expect(await tokens.getToken()).toBe('x');
    expect(asked).toEqual([
      'GET https://issuer.example/documents/one?tenant=a',
      'POST https://tokens.example/t',
    ]);
  });

  it('has no audience from a document at metadataUrl: it could name the issuer of another server', async () => {
    const contexts: unknown[] = [];
    const { tokens } = managerOver(
      { [openId]: metadata },
      {
        issuer: undefined,
        metadataUrl: `https://issuer.example${openId}`,
        credentials: { clientId: 'worker' },
        clientAssertion: ({ issuer, audience }) => {
          contexts.push([issuer, audience]);
          return 'a.b.c';
        },
      },
    );
    await tokens.getToken();
    expect(contexts).toEqual([[undefined, undefined]]);
  });

  it('prefers the endpoint for client certificates with one', async () => {
    const document = { ...metadata, mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example/t' } };
    const { tokens, asked } = managerOver({ [openId]: document }, { clientAuth: 'tls_client_auth' });
    await tokens.getToken();
    expect(asked[1]).toBe('POST https://mtls.example/t');
  });

  it('says that the endpoint for client certificates is none to those alone who need it', async () => {
    const document = { ...metadata, mtls_endpoint_aliases: { token_endpoint: 'http://mtls.example/t' } };
    const others = managerOver({ [openId]: document });
    expect(await others.tokens.getToken()).toBe('x');
    const { tokens } = managerOver({ [openId]: document }, { clientAuth: 'tls_client_auth' });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.discoveryFailed,
    });
  });

  it('keeps the endpoint when the client is rejected there: it has not moved', async () => {
    const server = await startServer();
    const clock = new FakeClock();
    const clientAuth = 'client_secret_basic';
    await using tokens = new TokenManager({ credentials, issuer: server.issuer, clock, clientAuth });
    server.injectFault('unauthorized401');
    await rejectionOf(tokens.getToken());
    await clock.advance(1_000);
    await tokens.getToken();
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
  });

  it('tells a client assertion the issuer, and the endpoint that it found', async () => {
    const contexts: unknown[] = [];
    const { tokens } = managerOver(
      { [openId]: metadata },
      {
        credentials: { clientId: 'worker' },
        clientAssertion: ({ tokenUrl, issuer, audience }) => {
          contexts.push([tokenUrl, issuer, audience]);
          return 'a.b.c';
        },
      },
    );
    await tokens.getToken();
    expect(contexts).toEqual([['https://tokens.example/t', metadata.issuer, metadata.issuer]]);
  });

  it.each<readonly [string, Response | object, string]>([
    [
      'of another issuer',
      { ...metadata, issuer: 'https://evil.example' },
      'of another issuer than https://issuer.example/realms/x: it names https://evil.example. Set issuer',
    ],
    ['of another path', { ...metadata, issuer: 'https://issuer.example/realms/X' }, 'another issuer'],
    ['of another port', { ...metadata, issuer: 'https://issuer.example:80/realms/x' }, 'another issuer'],
    ['of another scheme', { ...metadata, issuer: 'http://issuer.example/realms/x' }, 'another issuer'],
    ['with a user', { ...metadata, issuer: 'https://x@issuer.example/realms/x' }, 'another issuer'],
    ['without an issuer', { token_endpoint: metadata.token_endpoint }, 'has no issuer'],
    ['without a token endpoint', { issuer: metadata.issuer }, 'no token_endpoint: this issuer'],
    [
      'with an endpoint in plain text',
      { ...metadata, token_endpoint: 'http://tokens.example' },
      'not an https URL',
    ],
    ['with an endpoint that is no URL', { ...metadata, token_endpoint: '/t' }, 'not an https URL'],
    [
      'with an endpoint that would send a password',
      { ...metadata, token_endpoint: 'https://user:word@tokens.example/' },
      'not an https URL',
    ],
    ['that is longer than 256 KiB', new Response(JSON.stringify(metadata) + ' '.repeat(262_144)), 'no JSON'],
    ['that is not JSON', new Response('<html>'), 'no JSON'],
    ['of a page that is not there', new Response(JSON.stringify(metadata), { status: 404 }), 'no JSON'],
    ['that is null', new Response('null'), 'no JSON'],
  ])('rejects a document %s', async (_name, document, says) => {
    const { tokens, asked } = managerOver({ [openId]: document });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.discoveryFailed,
      kind: 'configuration',
      retryable: false,
      message: expect.stringContaining(says) as unknown,
    });
    expect(asked.filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  it('says when there is no document at all, and where it looked', async () => {
    const { tokens } = managerOver({});
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.discoveryFailed,
      message: expect.stringContaining(
        `no JSON document came from https://issuer.example${openId} or https://issuer.example${oauth}`,
      ) as unknown,
    });
  });

  it.each([
    [503, TokenManagerErrorCode.unavailable],
    [408, TokenManagerErrorCode.unavailable],
    [425, TokenManagerErrorCode.unavailable],
    [429, TokenManagerErrorCode.throttled],
  ])('waits for a server that answers %i, without asking for the other form', async (status, code) => {
    const { tokens, asked } = managerOver({
      [openId]: new Response('', { status, headers: { 'retry-after': '30' } }),
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code, status, retryAfterMs: 30_000 });
    expect(asked).toHaveLength(1);
  });
});
