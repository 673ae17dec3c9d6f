import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import {
  testClientCertificate,
  type TestCertificateFiles,
  TestCertificateFolder,
} from '@worker-auth/testing-fakes';
import { everyChangeShown } from '@worker-auth/workspace/every-change-shown';
import { everyWayShown } from '@worker-auth/workspace/every-way-shown';
import { describe, expect, it } from 'vitest';
import { CertificateError, certificateLease, type CertificateFiles } from '../../src/certificate.ts';
import { RefreshScheduler } from '../../src/refresh-scheduler.ts';
import { type Clock, systemClock } from '@worker-auth/internal';

/** A clock whose waits take no time; `meanwhile` is done in the first of them. */
function hastyClock(meanwhile: () => Promise<unknown> = () => Promise.resolve()): Clock & { waits: number } {
  let done: Promise<unknown> | undefined;
  const clock = {
    ...systemClock,
    waits: 0,
    startTimer: (callback: () => void) => {
      clock.waits++;
      done ??= meanwhile();
      void done.then(callback);
      return { cancel: () => undefined };
    },
  };
  return clock;
}

function failureOf(files: CertificateFiles, clock = hastyClock()): Promise<CertificateError> {
  return certificateLease(files, { clock })
    .refresh()
    .then(
      () => expect.unreachable('there is a lease'),
      (error: unknown) => {
        expect(error).toBeInstanceOf(CertificateError);
        return error as CertificateError;
      },
    );
}

describe('certificateLease', () => {
  it('is good until the certificate ends', async () => {
    await using folder = await TestCertificateFolder.create();
    const notAfter = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 90_000);
    const notBefore = new Date(notAfter.getTime() - 600_000);
    const { cert, ca } = await folder.issue({ notBefore, notAfter });
    const lease = await certificateLease(folder.files).refresh();
    expect(lease.value).toMatchObject({ cert, ca, notBefore, notAfter });
    expect(lease.obtainedAt.wallMs + lease.lifetimeMs).toBe(notAfter.getTime());
  });

  it('ends with the first of its chain that ends', async () => {
    await using folder = await TestCertificateFolder.create();
    const leaf = await folder.issue();
    const notAfter = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 60_000);
    await folder.write({ cert: leaf.cert + testClientCertificate({ notAfter }).cert });
    expect((await certificateLease(folder.files).refresh()).value.notAfter).toEqual(notAfter);
  });

  it('gives the same object while the files hold the same certificates, and another for another certificate', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    const { refresh } = certificateLease(folder.files);
    const first = (await refresh()).value;
    expect((await refresh()).value).toBe(first);
    const { cert } = await folder.issue();
    expect((await refresh()).value).toMatchObject({ cert });
  });

  it('gives another object when the authorities alone are others', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    const { refresh } = certificateLease(folder.files);
    const first = (await refresh()).value;
    const { cert: ca } = testClientCertificate({ selfSigned: true });
    await folder.write({ ca });
    const second = (await refresh()).value;
    expect(second).toMatchObject({ cert: first.cert, ca });
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });

  it.each(['pkcs8', 'sec1'] as const)('takes a key as %s, and gives it as PKCS #8', async (type) => {
    await using folder = await TestCertificateFolder.create();
    const { key } = await folder.issue();
    await folder.write({ key: createPrivateKey(key).export({ type, format: 'pem' }).toString() });
    expect((await certificateLease(folder.files).refresh()).value.privateKey()).toBe(key);
  });

  it('reads again when the files were swapped between its reads', async () => {
    await using folder = await TestCertificateFolder.create();
    const { key } = await folder.issue();
    const next = await folder.issue();
    await folder.write({ key });
    const clock = hastyClock(() => folder.write(next));
    expect((await certificateLease(folder.files, { clock }).refresh()).value.cert).toBe(next.cert);
    expect(clock.waits).toBe(1);
  });

  it('shows its key in nothing that shows objects', async () => {
    await using folder = await TestCertificateFolder.create();
    const { key } = await folder.issue();
    const source = certificateLease(folder.files);
    const lease = await source.refresh();
    expect(lease.value.privateKey()).toBe(key);
    await using scheduler = new RefreshScheduler(source);
    await scheduler.refreshNow();
    const shown = everyWayShown({ source, lease, scheduler });
    expect(shown).toContain(lease.value.fingerprint);
    expect(shown).not.toContain(key.split('\n')[1]);
    const changed = await everyChangeShown(async () => (await source.refresh()).value);
    expect(changed).not.toContain(key.split('\n')[1]);
  });

  it.each([
    ['certFile', { certFile: '' }],
    ['keyFile', { keyFile: 7 as unknown as string }],
    ['caFile', { caFile: '' }],
  ])('rejects what is no path for %s', (name, wrong) => {
    const files = { certFile: 'a', keyFile: 'b', ...wrong };
    expect(() => certificateLease(files)).toThrow(new TypeError(`${name} must be the path of a file`));
  });
});

describe('files that cannot be used', () => {
  it.each([
    ['certFile', 'is not there', 'UNREADABLE', ({ certFile }: TestCertificateFiles) => rm(certFile)],
    ['keyFile', 'is not there', 'UNREADABLE', ({ keyFile }: TestCertificateFiles) => rm(keyFile)],
    ['caFile', 'is not there', 'UNREADABLE', ({ caFile }: TestCertificateFiles) => rm(caFile)],
    [
      'keyFile',
      'is a folder',
      'UNREADABLE',
      ({ keyFile }: TestCertificateFiles) => rm(keyFile).then(() => mkdir(keyFile)),
    ],
  ])('%s %s', async (name, complaint, code, spoil) => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    await spoil(folder.files);
    const { message, code: found } = await failureOf(folder.files);
    expect(message).toContain(`${name} ${folder.files[name as keyof TestCertificateFiles]} ${complaint}`);
    expect(found).toBe(`REFRESH_SCHEDULER_CERTIFICATE_${code}`);
  });

  it.each([
    ['certFile', 'is empty', { cert: '' }],
    ['certFile', 'holds no whole certificate', { cert: 'tls.crt' }],
    ['keyFile', 'is empty', { key: '' }],
    ['caFile', 'is empty', { ca: '' }],
    ['keyFile', 'holds no whole private key', { key: testClientCertificate().key.slice(0, 90) }],
    ['certFile', 'holds no whole certificate', { cert: testClientCertificate().cert.slice(0, 90) }],
  ])('%s %s', async (name, complaint, written) => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    await folder.write(written);
    const { message, code } = await failureOf(folder.files);
    expect(message).toContain(`${name} ${folder.files[name as keyof TestCertificateFiles]} ${complaint}`);
    expect(code).toBe('REFRESH_SCHEDULER_CERTIFICATE_MALFORMED');
  });

  it('a chain whose last certificate is written in part', async () => {
    await using folder = await TestCertificateFolder.create();
    const { cert } = await folder.issue();
    await folder.write({ cert: cert + cert.slice(0, 90) });
    expect((await failureOf(folder.files)).message).toContain('holds no whole certificate');
  });

  it('a key that is encrypted, which does not pass by itself', async () => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue();
    const key = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
    }).privateKey;
    await folder.write({ key });
    const clock = hastyClock();
    const error = await failureOf(folder.files, clock);
    expect(error.message).toContain(`${folder.files.keyFile} is encrypted`);
    expect([error.code, error.retryable, clock.waits]).toEqual([
      'REFRESH_SCHEDULER_CERTIFICATE_KEY_ENCRYPTED',
      false,
      0,
    ]);
  });

  it('the key of another certificate, after 4 waits', async () => {
    await using folder = await TestCertificateFolder.create();
    const { key } = await folder.issue();
    await folder.issue();
    await folder.write({ key });
    const clock = hastyClock();
    const error = await failureOf(folder.files, clock);
    const { keyFile, certFile } = folder.files;
    expect(error.message).toContain(
      `keyFile ${keyFile} is not the key of the first certificate in certFile ${certFile}`,
    );
    expect([error.code, clock.waits]).toEqual(['REFRESH_SCHEDULER_CERTIFICATE_MISMATCH', 4]);
    const shown = everyWayShown(error);
    expect(shown).not.toContain(key.split('\n')[1]);
  });

  const hourMs = 3_600_000;
  it.each([
    [
      'has expired',
      'EXPIRED',
      { notBefore: new Date(Date.now() - 2 * hourMs), notAfter: new Date(Date.now() - hourMs) },
    ],
    ['is not valid yet', 'NOT_YET_VALID', { notBefore: new Date(Date.now() + hourMs) }],
  ])('a certificate that %s', async (complaint, code, life) => {
    await using folder = await TestCertificateFolder.create();
    await folder.issue(life);
    const error = await failureOf(folder.files);
    expect(error.message).toContain(`certFile ${folder.files.certFile} ${complaint}`);
    expect(error.code).toBe(`REFRESH_SCHEDULER_CERTIFICATE_${code}`);
  });
});
