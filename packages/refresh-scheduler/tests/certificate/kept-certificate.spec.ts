import { FakeClock, TestCertificateFolder, testClientCertificate } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { certificateLease, type ClientCertificate } from '../../src/certificate.ts';
import { RefreshScheduler } from '../../src/index.ts';

interface Scene extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly folder: TestCertificateFolder;
  readonly scheduler: RefreshScheduler<ClientCertificate>;
  /** Moves time on until another attempt has ended. */
  readonly nextAttempt: (withinMs: number) => Promise<void>;
}

async function keep(lifeMs: number): Promise<Scene> {
  const clock = new FakeClock({ wallMs: Math.floor(Date.now() / 1_000) * 1_000 });
  const folder = await TestCertificateFolder.create();
  await folder.issue({ notAfter: new Date(clock.wallNow() + lifeMs) });
  const lease = certificateLease(folder.files, { clock: { ...timeOf(clock), startTimer: atOnce } });
  const scheduler = new RefreshScheduler({ ...lease, clock });
  await scheduler.refreshNow();
  scheduler.start();
  return {
    ...{ clock, folder, scheduler },
    nextAttempt: async (withinMs) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const done = (): void => {
        resolve(undefined);
      };
      const ends = [scheduler.on('refreshed', done), scheduler.on('refreshFailed', done)];
      await clock.advance(withinMs);
      await promise;
      for (const end of ends) end();
    },
    [Symbol.asyncDispose]: async () => {
      await scheduler.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function timeOf(clock: FakeClock): Pick<FakeClock, 'monotonicNow' | 'wallNow'> {
  return { monotonicNow: () => clock.monotonicNow(), wallNow: () => clock.wallNow() };
}

/** The waits between two reads are no matter of these tests. */
function atOnce(callback: () => void): { cancel: () => void } {
  setImmediate(callback);
  return { cancel: () => undefined };
}

describe('a certificate that a scheduler keeps', () => {
  it('is another one within 10 s of a change', async () => {
    await using scene = await keep(3_600_000);
    const { cert } = await scene.folder.issue();
    await scene.nextAttempt(10_000);
    expect(scene.scheduler.lease?.value.cert).toBe(cert);
  });

  it('is kept to its end while the files hold none that can be used, and is replaced within 10 s when they do again', async () => {
    await using scene = await keep(90 * 24 * 3_600_000);
    const { scheduler, folder } = scene;
    const first = scheduler.lease?.value;
    await folder.write({ key: testClientCertificate().key });
    await scene.nextAttempt(10_000);
    expect(scheduler.state.kind).toBe('backing-off');
    expect(scheduler.lease?.value).toBe(first);
    const { cert } = await folder.issue();
    await scene.nextAttempt(10_000);
    expect(scheduler.lease?.value.cert).toBe(cert);
  });

  it('is none after its end', async () => {
    await using scene = await keep(5_000);
    await scene.nextAttempt(5_000);
    expect(scene.scheduler.lease).toBeUndefined();
  });
});
