import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { rejection } from '../support/scene.ts';

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

  it('is ready with the one that there is, and reads nothing then', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const first = await kept.certificates.ready();
    await kept.folder.issue();
    expect(await kept.certificates.ready()).toBe(first);
    expect((await kept.certificates.refreshNow()).value.fingerprint).not.toBe(first.fingerprint);
  });

  it('is ready no later than its caller wants', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const gone = new Error('gone');
    expect(await rejection(kept.certificates.ready(AbortSignal.abort(gone)))).toBe(gone);
    expect(await rejection(kept.certificates.refreshNow({ signal: AbortSignal.abort(gone) }))).toBe(gone);
  });

  it('tells each time that the files were read, until the listener leaves', async () => {
    await using kept = await keepCertificates();
    let looks = 0;
    const leave = kept.certificates.on('refreshed', () => looks++);
    await kept.issue();
    await kept.certificates.refreshNow();
    leave();
    await kept.certificates.refreshNow();
    expect(looks).toBe(2);
  });

  it('reads them at once when another one may be the remedy, and keeps the old one when that fails', async () => {
    await using kept = await keepCertificates();
    const { certificates } = kept;
    const first = await kept.issue();
    await kept.folder.issue();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    certificates.on('refreshed', () => {
      resolve(undefined);
    });
    void certificates.refreshNow();
    await promise;
    const { newest: second } = certificates;
    expect(second.fingerprint).not.toBe(first.fingerprint);
    await kept.folder.issue(over);
    await rejection(certificates.refreshNow());
    expect(certificates.newest).toBe(second);
  });

  it('goes on reading them in the background once it has started', async () => {
    await using kept = await keepCertificates();
    const { certificates, clock } = kept;
    const first = await kept.issue();
    expect(clock.pendingTimers).toBe(0);
    certificates.start();
    await kept.folder.issue();
    await clock.advance(10_000);
    await expect.poll(() => certificates.newest.fingerprint).not.toBe(first.fingerprint);
    await certificates.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('raises why none is read, until one is', async () => {
    await using kept = await keepCertificates();
    const { certificates, clock, conditions, folder } = kept;
    await kept.issue();
    await folder.issue(over);
    await rejection(certificates.refreshNow());
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

  it('takes the time of its clock for that', async () => {
    await using kept = await keepCertificates();
    await kept.issue();
    kept.clock.stepWall(2 * 365 * 24 * 3_600_000);
    expect(String(await rejection(kept.certificates.refreshNow()))).toContain('has expired');
  });

  it('rejects what are no names of files', async () => {
    await expect(keepCertificates({ keyFile: '' })).rejects.toThrow(TypeError);
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

  it('says nothing of what is not given: Temporal has its own defaults', async () => {
    await using kept = await keepCertificates({ caFile: undefined });
    expect(Object.keys(kept.certificates.tls(await kept.issue()))).toEqual(['clientCertPair']);
  });
});
