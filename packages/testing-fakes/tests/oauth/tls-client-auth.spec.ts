import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { testCertificates } from '../../src/tls/test-certificates.ts';
import { testClientCertificate } from '../../src/tls/test-client-certificate.ts';
import { askWith, type ConnectOptions, rejected, startFor, withoutCertificate } from './mutual-tls.ts';

const subjectDn = 'CN=worker,OU=apps,O=Example';
const trusted = testClientCertificate({ subjectDn });
const own = testClientCertificate({ subjectDn, selfSigned: true });

/** A certificate of the same subject. */
async function ofAnotherAuthority(): Promise<ConnectOptions> {
  const ca = await generate([{ name: 'commonName', value: 'another authority' }], {
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  const signed = await generate(
    [
      { shortName: 'O', value: 'Example' },
      { shortName: 'OU', value: 'apps' },
      { shortName: 'CN', value: 'worker' },
    ],
    { algorithm: 'sha256', ca: { key: ca.private, cert: ca.cert } },
  );
  return { ca: trusted.ca, cert: signed.cert, key: signed.private };
}

describe('tls_client_auth', () => {
  it('authenticates the client whose subject the certificate has', async () => {
    const server = await startFor({ tlsClientAuth: { subjectDn } });
    expect(await askWith(server, trusted)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    const [request] = server.tokenRequests;
    expect(request?.authentication).toEqual({ method: 'tls_client_auth', clientId: 'worker' });
    expect(request?.presentedCertificate).toMatchObject({ isTrusted: true, isSelfSigned: false });
    expect(request?.presentedCertificate?.certificate.subject).toBe('O=Example\nOU=apps\nCN=worker');
  });

  it('is rejected without a certificate', async () => {
    const server = await startFor({ tlsClientAuth: { subjectDn } });
    expect(await askWith(server, withoutCertificate)).toMatchObject(
      rejected('No client authentication, and none is not allowed'),
    );
    const [request] = server.tokenRequests;
    expect(request?.authentication).toEqual({ method: 'none', clientId: 'worker' });
    expect(request?.presentedCertificate).toBeUndefined();
  });

  it('is rejected by a certificate of another authority', async () => {
    const server = await startFor({ tlsClientAuth: { subjectDn } });
    const other = await ofAnotherAuthority();
    expect(new X509Certificate(other.cert ?? '').subject).toBe(new X509Certificate(trusted.cert).subject);
    expect(await askWith(server, other)).toMatchObject(
      rejected('The client certificate is not one for TLS clients by the trusted authority'),
    );
    expect(server.tokenRequests[0]?.presentedCertificate?.isTrusted).toBe(false);
  });

  it('is rejected by a certificate of the authority that is for servers', async () => {
    const server = await startFor({ tlsClientAuth: { subjectDn: 'CN=localhost' } });
    expect(await askWith(server, testCertificates())).toMatchObject(
      rejected('The client certificate is not one for TLS clients by the trusted authority'),
    );
  });

  it('is rejected by a certificate that signed itself', async () => {
    const server = await startFor({ tlsClientAuth: { subjectDn } });
    expect(await askWith(server, own)).toMatchObject(
      rejected('The client certificate signed itself, and worker is not registered with it'),
    );
  });

  it.each([
    'cn=worker, ou=apps, o=Example',
    String.raw`CN=\77orker,OU=apps,O=Example`,
    'CN = worker,OU = apps,O = Example',
  ])('takes the same subject that is written %s', async (written) => {
    const server = await startFor({ tlsClientAuth: { subjectDn: written } });
    expect(await askWith(server, trusted)).toMatchObject({ status: 200 });
  });

  it.each(['CN=worker', 'CN=Worker,OU=apps,O=Example', 'O=Example,OU=apps,CN=worker', 'CN=worker,O=Example'])(
    'is rejected when %s is another subject, and told which it has',
    async (other) => {
      const server = await startFor({ tlsClientAuth: { subjectDn: other } });
      expect(await askWith(server, trusted)).toMatchObject(
        rejected(`The client certificate is for ${subjectDn}, and not for worker`),
      );
    },
  );

  it.each([
    [{ sanDns: 'worker.example' }, { sanDns: 'other.example' }, 'DNS:other.example'],
    [{ sanDns: 'worker.example' }, { sanDns: '*.example' }, 'DNS:*.example'],
    [{ sanUri: 'spiffe://a/worker' }, { sanUri: 'spiffe://a/worker/b' }, 'URI:spiffe://a/worker/b'],
    [{ sanUri: 'spiffe://a/b,c"d' }, { sanUri: 'spiffe://a/b' }, 'URI:spiffe://a/b'],
    [{ sanIp: '10.1.2.3' }, { sanIp: '10.1.2.4' }, 'IP Address:10.1.2.4'],
    [{ sanIp: '2001:db8::1' }, { sanIp: '::1' }, 'IP Address:0:0:0:0:0:0:0:1'],
    [{ sanEmail: 'worker@example.org' }, { sanEmail: 'other@example.org' }, 'email:other@example.org'],
  ])('takes the alternative name %j, and not %j', async (name, other, text) => {
    const server = await startFor({ tlsClientAuth: name });
    expect(await askWith(server, testClientCertificate(name))).toMatchObject({ status: 200 });
    expect(await askWith(server, testClientCertificate(other))).toMatchObject(
      rejected(`The client certificate is for CN=worker; ${text}, and not for worker`),
    );
  });

  it('takes a name of one kind for no other', async () => {
    const server = await startFor({ tlsClientAuth: { sanDns: 'worker' } });
    expect(await askWith(server, testClientCertificate({ subjectDn: 'CN=worker' }))).toMatchObject({
      status: 401,
    });
    const uris = await startFor({ tlsClientAuth: { sanUri: 'a' } });
    for (const sanDns of ['b, URI:a, c', 'xURI:a']) {
      expect(await askWith(uris, testClientCertificate({ sanDns }))).toMatchObject({ status: 401 });
    }
  });

  it('is rejected with a good secret beside it, of a client that may use nothing else', async () => {
    const server = await startFor({
      clientSecret: 's3cret',
      tlsClientAuth: { subjectDn },
      authMethods: ['tls_client_auth'],
    });
    expect(await askWith(server, trusted, { client_secret: 's3cret' })).toMatchObject(
      rejected('worker may not use client_secret_post'),
    );
    expect(await askWith(server, trusted)).toMatchObject({ status: 200 });
  });

  it.each([
    [{ client_id: 'nobody' }, 'Invalid client or Invalid client credentials'],
    [{ client_id: 'other' }, 'other is not registered with tlsClientAuth'],
    [{ client_id: 'third' }, `The client certificate is for ${subjectDn}, and not for third`],
  ])('is of the client that it is registered for alone: %j', async (fields, description) => {
    const server = await startFor({ tlsClientAuth: { subjectDn } });
    server.addClient({ clientId: 'other', clientSecret: 's3cret' });
    server.addClient({ clientId: 'third', tlsClientAuth: { subjectDn: 'CN=third' } });
    expect(await askWith(server, trusted, fields)).toMatchObject(rejected(description));
    expect(await askWith(server, trusted)).toMatchObject({ status: 200 });
  });
});
