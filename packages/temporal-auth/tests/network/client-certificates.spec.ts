import { writeFile } from 'node:fs/promises';
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
    void certificates.refreshNow();
    await expect.poll(() => kept.log.matching('is not renewed')).toHaveLength(1);
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

  it('has the log tell why none is read, once as long as that is the same', async () => {
    await using kept = await keepCertificates();
    const { certificates, folder, log } = kept;
    await kept.issue();
    await folder.issue(over);
    await rejection(certificates.refreshNow());
    await rejection(certificates.refreshNow());
    expect(log.messages('WARN')).toEqual([
      expect.stringMatching(/^The client certificate is not renewed: certFile .* has expired/),
    ]);
    await writeFile(folder.files.keyFile, '-----BEGIN ENCRYPTED PRIVATE KEY-----');
    await rejection(certificates.refreshNow());
    expect(log.messages('WARN')).toHaveLength(2);
    await kept.issue();
    await writeFile(folder.files.keyFile, '-----BEGIN ENCRYPTED PRIVATE KEY-----');
    await rejection(certificates.refreshNow());
    expect(log.messages('WARN')).toHaveLength(3);
  });

  it('has the log tell of the end of its life, which it keeps to be presented all the same', async () => {
    await using kept = await keepCertificates();
    const { certificates, clock, log } = kept;
    // Certificates are dated to the second.
    const notAfter = new Date(Math.ceil(clock.wallNow() / 1_000) * 1_000 + 5_000);
    const last = await kept.issue({ notAfter });
    certificates.start();
    await clock.advance(6_000);
    expect(log.entries.filter(({ level }) => level === 'ERROR')).toEqual([
      {
        level: 'ERROR',
        message: 'The client certificate has expired, and there is no other',
        meta: { notAfter },
      },
    ]);
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
