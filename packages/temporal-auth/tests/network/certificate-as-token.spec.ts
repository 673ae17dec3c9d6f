import { describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../src/errors/temporal-auth-error.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { rejection } from '../support/scene.ts';

describe('a client certificate in place of a token', () => {
  it('is the fingerprint of the certificate, while there is a good one', async () => {
    await using kept = await keepCertificates();
    const tokens = kept.certificates;
    expect(tokens.peek()).toBeUndefined();
    const told: string[] = [];
    tokens.subscribe((one) => told.push(one));
    const { fingerprint } = await kept.issue();
    expect(told).toEqual([fingerprint]);
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

  it('waits no longer than its caller wants', async () => {
    await using kept = await keepCertificates();
    await kept.issue();
    const gone = new Error('gone');
    const asked = kept.certificates.getToken({ signal: AbortSignal.abort(gone) });
    expect(await rejection(asked)).toBe(gone);
  });

  it('tells of another certificate, and not of each look at the files', async () => {
    await using kept = await keepCertificates();
    const first = await kept.issue();
    const told: string[] = [];
    const leave = kept.certificates.subscribe((fingerprint) => told.push(fingerprint));
    await kept.certificates.refreshNow();
    expect(told).toEqual([]);
    const second = await kept.issue();
    await kept.certificates.refreshNow();
    expect(told).toEqual([second.fingerprint]);
    leave();
    await kept.issue();
    expect(told).toHaveLength(1);
    expect(first.fingerprint).not.toBe(second.fingerprint);
  });
});
