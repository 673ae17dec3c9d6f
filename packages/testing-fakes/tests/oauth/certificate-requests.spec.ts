import { describe, expect, it } from 'vitest';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { testCertificates } from '../../src/tls/test-certificates.ts';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';
import { startServer } from './ask.ts';
import { askWith } from './mutual-tls.ts';

const subjectDn = 'CN=worker,OU=apps,O=Example';
const trusted = testClientCertificate({ subjectDn });
const own = testClientCertificate({ subjectDn, selfSigned: true });

describe('a server', () => {
  it.each([
    ['a client authenticates by one', { clients: [{ clientId: 'worker', tlsClientAuth: { subjectDn } }] }],
    [
      'a client names the method',
      {
        clients: [
          {
            clientId: 'worker',
            jwks: { keys: [] },
            authMethods: ['self_signed_tls_client_auth' as const],
          },
        ],
      },
    ],
    ['it is told to', { requestClientCertificate: true }],
  ])('asks for a certificate when %s, and says so', async (_when, options) => {
    const server = await startServer({ ...options, tls: true });
    await askWith(server, trusted);
    expect(server.tokenRequests[0]?.presentedCertificate).toBeDefined();
    const { body } = await askWith(server, trusted, {}, `${server.issuer}/.well-known/openid-configuration`);
    expect(body['token_endpoint_auth_methods_supported']).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ]);
  });

  it('asks nobody for a certificate otherwise', async () => {
    const server = await startServer({ tls: true });
    expect(await askWith(server, trusted, { client_secret: 's3cret' })).toMatchObject({ status: 200 });
    expect(server.tokenRequests[0]?.presentedCertificate).toBeUndefined();
    const { body } = await askWith(server, trusted, {}, `${server.issuer}/.well-known/openid-configuration`);
    expect(body['token_endpoint_auth_methods_supported']).not.toContain('tls_client_auth');
  });

  it('asks for certificates of the kit’s authority, whoever signed its own', async () => {
    const { cert, key } = testCertificates();
    const clients = [{ clientId: 'worker', tlsClientAuth: { subjectDn } }];
    const server = await startServer({ tls: { cert, key }, clients });
    expect(await askWith(server, trusted)).toMatchObject({ status: 200 });
  });

  it('takes a client by certificate later, when it asks for them', async () => {
    const server = await startServer({ tls: true, requestClientCertificate: true, clientId: 'first' });
    server.addClient({ clientId: 'worker', tlsClientAuth: { subjectDn } });
    expect(await askWith(server, trusted)).toMatchObject({ status: 200 });
  });
});

describe('clients whose certificates make no sense are rejected', () => {
  const ofWorker = (client: object, options: object = { tls: true }): object => ({
    clients: [{ clientId: 'worker', ...client }],
    ...options,
  });
  const tlsClientAuth = { subjectDn };
  const exactlyOne =
    'tlsClientAuth of worker must have exactly one of subjectDn, sanDns, sanUri, sanIp, sanEmail';
  const noCertificate = 'A selfSignedCertificate of worker is no certificate (PEM) that signed itself';
  const needs =
    'The client worker needs a server that asks for certificates: start it with tls and requestClientCertificate';

  it.each([
    [exactlyOne, ofWorker({ tlsClientAuth: {} })],
    [exactlyOne, ofWorker({ tlsClientAuth: { subjectDn, sanDns: 'a' } })],
    [exactlyOne, ofWorker({ tlsClientAuth: { sanDns: '' } })],
    [
      'subjectDn of worker must be like CN=worker,O=Example (RFC 4514), not "worker"',
      ofWorker({ tlsClientAuth: { subjectDn: 'worker' } }),
    ],
    [noCertificate, ofWorker({ selfSignedCertificate: 'x' })],
    [noCertificate, ofWorker({ selfSignedCertificate: [own.cert, trusted.cert] })],
    [
      'The client worker has tls_client_auth: give it tlsClientAuth as well',
      ofWorker({ authMethods: ['tls_client_auth'] }),
    ],
    [
      'The client worker has self_signed_tls_client_auth: give it selfSignedCertificate or jwks as well',
      ofWorker({ authMethods: ['self_signed_tls_client_auth'] }),
    ],
    [needs, ofWorker({ tlsClientAuth }, {})],
    [needs, ofWorker({ tlsClientAuth }, { tls: true, requestClientCertificate: false })],
    ['requestClientCertificate needs tls: give both', { requestClientCertificate: true }],
  ])('%#: %s', async (message, options) => {
    await expect(MockOAuthServer.start(options)).rejects.toThrow(new TypeError(message));
  });

  it('also when they join a server that asks for none', async () => {
    const server = await startServer({ tls: true, clientId: 'first' });
    expect(() => {
      server.addClient({ clientId: 'worker', selfSignedCertificate: own.cert });
    }).toThrow(new TypeError(needs));
  });
});
