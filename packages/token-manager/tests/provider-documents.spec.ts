import { decodeProtectedHeader } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPage } from '@worker-auth/workspace/readme-section';
import { TokenManagerErrorCode } from '../src/errors.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';
import { TokenManager } from '../src/tokens/token-manager.ts';
import { type ProviderForm, providerForms } from './provider-documents.ts';
import { rejectionOf } from './support.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const token = { access_token: 'x', token_type: 'Bearer', expires_in: 60 };

/** How a request authenticates: the method, or the algorithm of its assertion. */
function proofOf({ headers, body }: RequestInit): string {
  if (new Headers(headers).has('authorization')) return 'client_secret_basic';
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  const assertion = form.get('client_assertion');
  return assertion === null ? 'client_secret_post' : String(decodeProtectedHeader(assertion).alg);
}

/** A manager whose requests go to a stand-in of the provider: the document at its URL, and one token endpoint. */
function managerFor(
  { at, metadata, registered, grant, signs, scopes = 0 }: ProviderForm,
  where: Pick<TokenManagerOptions, 'issuer' | 'metadataUrl'>,
): TokenManager {
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (init.method === 'GET') {
      const names = Array.from({ length: scopes }, (_, index) => `urn:acme:scope:${index}.read`);
      const document = { ...metadata, scopes_supported: names };
      return Promise.resolve(url === at ? Response.json(document) : new Response('', { status: 404 }));
    }
    const error = registered === undefined || registered === proofOf(init) ? grant : 'invalid_client';
    if (url !== new URL(metadata.token_endpoint ?? '').href)
      return Promise.resolve(new Response('', { status: 404 }));
    return Promise.resolve(
      error === undefined ? Response.json(token) : Response.json({ error }, { status: 400 }),
    );
  };
  const proof =
    signs === undefined
      ? { credentials: { clientId: 'worker', clientSecret: 's3cret' } }
      : { credentials: { clientId: 'worker' }, clientAssertion: privateKeyJwt({ key: privateKey }) };
  return new TokenManager({ ...where, ...proof, fetch });
}

describe.each(providerForms)('the issuer of $provider', (form) => {
  it(`works by its issuer: ${form.works === 'issuer' ? 'yes' : 'it says why not'}`, async () => {
    await using tokens = managerFor(form, { issuer: form.issuer });
    if (form.works === 'issuer') expect(await tokens.getToken()).toBe('x');
    else
      expect(await rejectionOf(tokens.getToken())).toMatchObject({
        kind: 'configuration',
        retryable: false,
        message: expect.stringContaining(form.says ?? String(form.metadata['issuer'])) as unknown,
      });
  });
});

describe.each(providerForms.filter(({ works }) => works === 'metadataUrl'))(
  'the document of $provider',
  (form) => {
    it('works by its URL, and the error about the issuer says so', async () => {
      const byIssuer = managerFor(form, { issuer: form.issuer });
      expect(await rejectionOf(byIssuer.getToken())).toMatchObject({
        code: TokenManagerErrorCode.discoveryFailed,
        message: expect.stringContaining('metadataUrl') as unknown,
      });
      await using tokens = managerFor(form, { metadataUrl: form.metadataUrl });
      expect(await tokens.getToken()).toBe('x');
    });
  },
);

it('there are 50 of them, each once', () => {
  const names = new Set(providerForms.map(({ provider }) => provider));
  expect(names.size).toBe(50);
});

const page = join(import.meta.dirname, '../../../docs/reference/provider-metadata.md');

function pageText(): string {
  const verdicts = { issuer: '`issuer`', metadataUrl: '`metadataUrl`', no: 'no' };
  const rows = providerForms.map(
    ({ provider, works, because = '' }) => `| ${provider} | ${verdicts[works]} | ${because} |`,
  );
  return `# Metadata of providers

What to set for each form of metadata. The forms are written after the providers' documents, and a test reads them all; none of these providers was asked.

| provider | set | why |
| --- | --- | --- |
${rows.join('\n')}

A \`metadataUrl\` is the whole URL of the document. Its issuer is not compared with anything, so it is no audience: with \`privateKeyJwt\` set \`assertionAudience\` too. See [the issuer](../../packages/token-manager/docs/client-authentication.md#the-issuer).
`;
}

it('the page is that of the table; `-u` writes it anew', async () => {
  await expect(formatPage(page, pageText())).toMatchFileSnapshot(page);
});
