import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { rejection } from '../support/scene.ts';

describe('the first client certificate', () => {
  it('is the one of the files', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const certificate = await kept.certificates.ready();
    expect(certificate).toBe(kept.certificates.newest);
  });

  it('is a ConfigurationError for files that cannot be used, in their words', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue({ notBefore: new Date(2_000, 0), notAfter: new Date(2_001, 0) });
    const error = await rejection(kept.certificates.ready());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'REFRESH_SCHEDULER_CERTIFICATE_EXPIRED' });
    expect(String(error)).toContain(`certFile ${kept.folder.files.certFile} has expired`);
  });

  it("is the caller's reason when that leaves", async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const gone = new Error('gone');
    expect(await rejection(kept.certificates.ready(AbortSignal.abort(gone)))).toBe(gone);
  });
});
