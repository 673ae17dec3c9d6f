import { describe, expect, it } from 'vitest';
import { AuthenticationError, ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { rejection } from '../support/rejection.ts';

const over = { notBefore: new Date(2_000, 0), notAfter: new Date(2_001, 0) };

describe('ClientCertificates', () => {
  it('has none before the first was read, and says what comes first', async () => {
    await using kept = await keepCertificates();
    const { certificates } = kept;
    expect([certificates.peek(), certificates.known]).toEqual([undefined, undefined]);
    expect(() => certificates.newest).toThrow(ConfigurationError);
    expect(() => certificates.newest).toThrow('There is no client certificate yet');
  });

  it('keeps what was read last, with the end of its life', async () => {
    await using kept = await keepCertificates();
    const { certificates } = kept;
    const notAfter = new Date('2040-01-01T00:00:00Z');
    const first = await kept.issue({ notAfter });
    expect(certificates.newest).toBe(first);
    expect([certificates.peek(), certificates.known?.notAfter]).toEqual([first.fingerprint, notAfter]);
    const second = await kept.issue();
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(certificates.newest).toBe(second);
  });

  it('is not ready with files that cannot be used, which is a ConfigurationError in their words', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue(over);
    const error = await rejection(kept.certificates.ready());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'REFRESH_SCHEDULER_CERTIFICATE_EXPIRED' });
    expect(String(error)).toContain(`certFile ${kept.folder.files.certFile} has expired`);
  });

  it('raises why none is read, until one is', async () => {
    await using kept = await keepCertificates();
    const { certificates, clock, conditions, folder } = kept;
    const first = await kept.issue();
    await folder.issue(over);
    await rejection(certificates.refreshNow());
    expect(certificates.newest).toBe(first);
    await clock.advance(2_000);
    const cause = expect.stringMatching(/^certFile .* has expired/) as unknown;
    expect(conditions.list).toMatchObject([{ code: 'CERTIFICATE_NOT_RENEWED', cause }]);
    await kept.issue();
    expect(conditions.list).toEqual([]);
  });

  it('raises that a tenth of its life is left, and no other is there', async () => {
    await using kept = await keepCertificates();
    const { clock, conditions } = kept;
    const dated = (leftMs: number) => ({
      notBefore: new Date(clock.wallNow() - 89_000_000),
      notAfter: new Date(clock.wallNow() + leftMs),
    });
    await kept.issue(dated(11_000_000));
    await clock.advance(2_000);
    expect(conditions.list).toEqual([]);
    await kept.issue(dated(9_000_000));
    await clock.advance(2_000);
    expect(conditions.list).toMatchObject([{ code: 'CERTIFICATE_NOT_RENEWED' }]);
  });

  it('raises the end of its life, and is kept to be presented all the same', async () => {
    await using kept = await keepCertificates();
    const { certificates, clock, conditions } = kept;
    // Certificates are dated to the second.
    const notAfter = new Date(Math.ceil(clock.wallNow() / 1_000) * 1_000 + 5_000);
    const last = await kept.issue({ notAfter });
    certificates.start();
    await clock.advance(6_000);
    const cause = `The files hold none that expires later than ${notAfter.toISOString()}`;
    expect(conditions.list).toMatchObject([{ code: 'CERTIFICATE_EXPIRED', cause }]);
    expect([certificates.peek(), certificates.newest]).toEqual([undefined, last]);
  });
});

describe('TLS with a certificate', () => {
  it('has the certificate, its key and the authorities of the files', async () => {
    await using kept = await keepCertificates({ serverNameOverride: 'temporal.example' });
    const issued = await kept.folder.issue();
    const tls = kept.certificates.tls((await kept.certificates.refreshNow()).value);
    expect(tls).toEqual({
      serverNameOverride: 'temporal.example',
      serverRootCACertificate: Buffer.from(issued.ca),
      clientCertPair: { crt: Buffer.from(issued.cert), key: expect.any(Buffer) as Buffer },
    });
    expect(tls.clientCertPair?.key.toString()).toContain('BEGIN PRIVATE KEY');
  });
});

describe('a client certificate in place of a token', () => {
  it('is the fingerprint of the certificate, while there is a good one', async () => {
    await using kept = await keepCertificates();
    const tokens = kept.certificates;
    expect(tokens.peek()).toBeUndefined();
    const received: string[] = [];
    tokens.subscribe((one) => received.push(one));
    const { fingerprint } = await kept.issue();
    expect(received).toEqual([fingerprint]);
    expect(tokens.peek()).toBe(fingerprint);
    expect(await tokens.getToken()).toBe(fingerprint);
  });

  it('reads the files for another than the one that is rejected', async () => {
    await using kept = await keepCertificates();
    const tokens = kept.certificates;
    const first = await kept.issue();
    await kept.folder.issue();
    const second = await tokens.getToken({ rejectedToken: first.fingerprint });
    expect(second).toBe(kept.certificates.newest.fingerprint);
    expect(second).not.toBe(first.fingerprint);
  });

  it('says so when the files hold no other', async () => {
    await using kept = await keepCertificates();
    const { fingerprint } = await kept.issue();
    const error = await rejection(kept.certificates.getToken({ rejectedToken: fingerprint }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ retryable: true });
  });

  it('tells of another certificate, and not of each look at the files', async () => {
    await using kept = await keepCertificates();
    const first = await kept.issue();
    const received: string[] = [];
    const leave = kept.certificates.subscribe((fingerprint) => received.push(fingerprint));
    await kept.certificates.refreshNow();
    expect(received).toEqual([]);
    const second = await kept.issue();
    await kept.certificates.refreshNow();
    expect(received).toEqual([second.fingerprint]);
    leave();
    await kept.issue();
    expect(received).toHaveLength(1);
    expect(first.fingerprint).not.toBe(second.fingerprint);
  });
});
