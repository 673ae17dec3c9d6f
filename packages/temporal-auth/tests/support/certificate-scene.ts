import {
  FakeClock,
  type FakeTemporalFrontendOptions,
  TestCertificateFolder,
  type TestClientCertificateOptions,
} from '@worker-auth/testing-fakes';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { openScene, passUntil, type Scene } from './scene.ts';

/** A Temporal that lets in who has a valid certificate, and the files with that of its clients. */
export interface CertificateScene extends Scene {
  readonly folder: TestCertificateFolder;
  /** Of Temporal. */
  readonly temporalClock: FakeClock;
  /** Writes a certificate for this name into the files. */
  readonly issue: (name: string, options?: TestClientCertificateOptions) => Promise<void>;
  /** A client of these files, and loaded. */
  readonly open: (options?: Partial<TemporalWorkflowClientOptions>) => Promise<TemporalWorkflowClient>;
  /** Lets time pass until this name is that of somebody who called such a method. */
  readonly calledBy: (name: string, method?: string) => Promise<void>;
}

/** The certificate that the files begin with is for `first`. Without tokens, unless the options of a client say otherwise. */
export async function openCertificateScene(
  options: FakeTemporalFrontendOptions = {},
): Promise<CertificateScene> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await TestCertificateFolder.create());
  const temporalClock = new FakeClock();
  const tls = { tls: true, requireClientCertificate: true, acceptToken: () => true };
  const scene = started.use(await openScene({ clock: temporalClock, ...tls, ...options }));
  const issue: CertificateScene['issue'] = async (name, life) => {
    await folder.issue({ ...life, subjectDn: `CN=${name}` });
  };
  await issue('first');
  const resources = started.move();
  return {
    ...{ ...scene, folder, temporalClock, issue },
    open: async (more) => {
      const client = scene.createClient({
        host: 'localhost',
        authEnabled: false,
        tls: folder.files,
        ...more,
      });
      await client.load();
      return client;
    },
    calledBy: (name, method) =>
      passUntil(scene, () =>
        scene.temporal.calls.some(
          (call) => call.clientName === name && (method === undefined || call.method === method),
        ),
      ),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
