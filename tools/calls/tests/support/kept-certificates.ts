import {
  FakeClock,
  RecordingLogger,
  TestCertificateFolder,
  type TestClientCertificateOptions,
} from '@worker-auth/testing-fakes';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { Conditions } from '../../src/conditions/conditions.ts';
import { ClientCertificates } from '../../src/network/client-certificates.ts';
import type { RotatingTls } from '../../src/settings/auth-options.ts';

/** The certificates of files in a folder of its own, which are read when the test says so. */
export interface KeptCertificates extends AsyncDisposable {
  readonly folder: TestCertificateFolder;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly conditions: Conditions;
  readonly certificates: ClientCertificates;
  /** Writes another certificate into the files, and reads them. */
  issue(options?: TestClientCertificateOptions): Promise<ClientCertificate>;
}

/** @param tls over the names of the files */
export async function keepCertificates(tls: Partial<RotatingTls> = {}): Promise<KeptCertificates> {
  const folder = await TestCertificateFolder.create();
  const [clock, log] = [new FakeClock({ wallMs: Date.now() }), new RecordingLogger()];
  const conditions = new Conditions(clock, log);
  const certificates = new ClientCertificates(
    { ...folder.files, ...tls },
    { clock, random: () => 0, conditions },
  );
  return {
    ...{ folder, clock, log, conditions, certificates },
    issue: async (options) => {
      await folder.issue(options);
      return (await certificates.refreshNow()).value;
    },
    [Symbol.asyncDispose]: async () => {
      await certificates.stop();
      conditions.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
