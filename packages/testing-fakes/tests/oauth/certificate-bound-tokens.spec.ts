import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';
import { claimsOf, startServer } from './ask.ts';
import { askWith, startFor, withoutCertificate } from './mutual-tls.ts';

const subjectDn = 'CN=worker';
const certificate = testClientCertificate({ subjectDn });
const clientSecret = 's3cret';

/** The same bytes as the thumbprint of RFC 8705, in the spelling of Node. */
function fingerprintIn(claims: Readonly<Record<string, unknown>>): string {
  const { 'x5t#S256': thumbprint } = claims['cnf'] as Readonly<Record<string, string>>;
  const digits = Buffer.from(thumbprint ?? '', 'base64url').toString('hex');
  return digits.toUpperCase().match(/../g)?.join(':') ?? '';
}

describe('certificateBoundTokens', () => {
  it.each([
    ['authenticates it', { tlsClientAuth: { subjectDn } }, {}, certificate],
    ['is beside its secret', { clientSecret }, { client_secret: clientSecret }, certificate],
    [
      'signed itself, beside its secret',
      { clientSecret },
      { client_secret: clientSecret },
      testClientCertificate({ selfSigned: true }),
    ],
  ])('binds tokens to the certificate that %s', async (_which, client, fields, presented) => {
    const server = await startFor({ ...client, certificateBoundTokens: true });
    const { status, body } = await askWith(server, presented, fields);
    expect([status, body['token_type'], body['cnf']]).toEqual([200, 'Bearer', undefined]);
    const { fingerprint256 } = new X509Certificate(presented.cert);
    expect(fingerprintIn(claimsOf(body['access_token']))).toBe(fingerprint256);
  });

  it('gives no token without a certificate', async () => {
    const server = await startFor({ clientSecret, certificateBoundTokens: true });
    expect(await askWith(server, withoutCertificate, { client_secret: clientSecret })).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'The tokens of worker are bound to a client certificate, and none came',
      },
    });
    expect(server.issuedTokens).toEqual([]);
  });

  it.each([
    [true, true],
    [false, undefined],
  ])('is offered by a server that asks for certificates: %s', async (asks, offered) => {
    const server = await startServer({ tls: true, requestClientCertificate: asks });
    const url = `${server.issuer}/.well-known/oauth-authorization-server`;
    const { body } = await askWith(server, certificate, {}, url);
    expect(body['tls_client_certificate_bound_access_tokens']).toBe(offered);
  });
});
