import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';
import { startServer } from './ask.ts';
import { askWith, rejected, startFor } from './mutual-tls.ts';

const subjectDn = 'CN=worker,OU=apps,O=Example';
const own = testClientCertificate({ subjectDn, selfSigned: true });

describe('self_signed_tls_client_auth', () => {
  const next = testClientCertificate({ selfSigned: true });
  const x5c = (pem: string): readonly string[] => [new X509Certificate(pem).raw.toString('base64')];
  const keyOf = (pem: string): Record<string, unknown> => ({
    ...new X509Certificate(pem).publicKey.export({ format: 'jwk' }),
    x5c: x5c(pem),
  });

  it.each([
    ['one', own.cert],
    ['one of two', [next.cert, own.cert]],
  ])('authenticates the client that is registered with the certificate, %s', async (_what, certificate) => {
    const server = await startFor({ selfSignedCertificate: certificate });
    expect(await askWith(server, own)).toMatchObject({ status: 200 });
    expect(server.tokenRequests[0]?.authentication).toEqual({
      method: 'self_signed_tls_client_auth',
      clientId: 'worker',
    });
  });

  it('takes the certificates of its key set where the client names the method', async () => {
    const jwks = { keys: [{ kty: 'oct', x5c: 'no list' }, keyOf(next.cert), keyOf(own.cert)] };
    const server = await startFor({ jwks, authMethods: ['self_signed_tls_client_auth'] });
    expect(await askWith(server, own)).toMatchObject({ status: 200 });
    const other = await startFor({ jwks, selfSignedCertificate: next.cert });
    expect(await askWith(other, own)).toMatchObject({ status: 401 });
  });

  it('takes those of a key set at an address, as it is now', async () => {
    const keys = await startServer();
    const server = await startFor({ jwks: keys.jwksUrl, authMethods: ['self_signed_tls_client_auth'] });
    keys.failWith({ body: JSON.stringify({ keys: [keyOf(own.cert)] }) }, 'jwks');
    expect(await askWith(server, own)).toMatchObject({ status: 200 });
    keys.failWith('serverError500', 'jwks');
    expect(await askWith(server, own)).toMatchObject(rejected('The certificates of worker cannot be loaded'));
  });

  it.each([
    ['another one of the same name', testClientCertificate({ subjectDn, selfSigned: true })],
    ['the one that is no longer good', next],
  ])('is rejected by %s', async (_what, certificate) => {
    const server = await startFor({ selfSignedCertificate: own.cert });
    expect(await askWith(server, certificate)).toMatchObject(
      rejected('The client certificate signed itself, and worker is not registered with it'),
    );
  });
});
