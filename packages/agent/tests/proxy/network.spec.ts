import { Connection } from '@temporalio/client';
import { TestCertificateFolder, testCertificates } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connect, rootCertificates } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openProxiedScene } from '@worker-auth/calls/tests/proxied-scene';
import { openStillScene, startProxy, type StillScene } from '../support/proxy-scene.ts';

const namespace = 'default';

it('reaches Temporal over TLS by an authority that is trusted', async () => {
  await using scene = await openStillScene({
    frontend: { tls: true },
    settings: ({ caCertificate: ca }) => ({ tls: true, ca }),
  });
  await scene.worker.describeNamespace({ namespace });
  expect(scene.temporal.totals.passed).toBe(1);
});

it('sends no token to a Temporal that it does not trust, and says so', async () => {
  await using scene = await openStillScene({ frontend: { tls: true }, settings: () => ({ tls: true }) });
  const asked = scene
    .within(9_000, () => scene.worker.describeNamespace({ namespace }))
    .catch(() => 'failed');
  await scene.passUntil(() => scene.proxy.troubles.length > 0);
  expect(scene.proxy.troubles.map(({ text }) => text).join()).toMatch(
    /Temporal is not reached: .*certificate/,
  );
  expect(await scene.settled(asked)).toBe('failed');
  expect(scene.temporal.totals).toEqual({ passed: 0, rejected: 0 });
});

describe('TLS of the environment', () => {
  let folder: TestCertificateFolder;
  let caFile: string;
  beforeEach(async () => {
    folder = await TestCertificateFolder.create();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    await folder.write(testCertificates());
    ({ caFile } = folder.files);
  });

  const open = async (env: Record<string, string>): Promise<StillScene> => {
    const scene = await openStillScene({ frontend: { tls: true }, settings: () => ({ env }) });
    onTestFinished(() => scene[Symbol.asyncDispose]());
    return scene;
  };

  const trouble = ({ proxy }: StillScene): string => proxy.troubles.map(({ text }) => text).join();

  it.each([
    ['a file', () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: caFile })],
    ['a text', () => ({ TEMPORAL_TLS_SERVER_CA_CERT_DATA: testCertificates().ca })],
    ['the system', () => ({ TEMPORAL_TLS: 'true', SSL_CERT_FILE: caFile })],
  ])('trusts the authorities of %s', async (_what, env) => {
    const { worker, temporal } = await open(env());
    await worker.describeNamespace({ namespace });
    expect(temporal.totals.passed).toBe(1);
  });

  it('trusts those of a profile', async () => {
    const file = join(dirname(caFile), 'temporal.toml');
    await writeFile(file, `[profile.default.tls]\nserver_ca_cert_path = "${caFile}"\n`);
    const { worker, temporal } = await open({ TEMPORAL_CONFIG_FILE: file });
    await worker.describeNamespace({ namespace });
    expect(temporal.totals.passed).toBe(1);
  });

  it('names the server', async () => {
    const env = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: caFile, TEMPORAL_TLS_SERVER_NAME: 'other.example' };
    const scene = await open(env);
    const asked = scene.within(9_000, () => scene.worker.describeNamespace({ namespace }));
    const failed = asked.catch(() => 'failed');
    await scene.passUntil(() => trouble(scene) !== '');
    expect(trouble(scene)).toContain("Host: other.example. is not in the cert's altnames");
    expect(await scene.settled(failed)).toBe('failed');
  });

  it.each(['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'SSL_CERT_FILE'])(
    'reads the file of %s again for each connection',
    async (name) => {
      const others = rootCertificates[0] ?? '';
      await writeFile(caFile, others);
      const scene = await open({ TEMPORAL_TLS: 'true', [name]: caFile });
      const asked = scene.within(20_000, () => scene.worker.describeNamespace({ namespace }));
      await scene.passUntil(() => trouble(scene) !== '');
      expect(trouble(scene)).toContain('certificate');
      await writeFile(caFile, testCertificates().ca);
      expect(await scene.settled(asked)).toMatchObject({ namespaceInfo: { name: namespace } });
    },
  );
});

it('presents the client certificate of its files, and another one once they have it', async () => {
  await using folder = await TestCertificateFolder.create();
  await folder.issue({ subjectDn: 'CN=first' });
  await using scene = await openStillScene({
    frontend: { tls: true, requireClientCertificate: true },
    settings: () => ({ tls: folder.files }),
  });
  const caller = async (): Promise<string | undefined> => {
    await scene.worker.describeNamespace({ namespace });
    return scene.temporal.calls.at(-1)?.clientName;
  };
  expect(await caller()).toBe('first');
  await folder.issue({ subjectDn: 'CN=second' });
  await scene.passUntil(async () => (await caller()) === 'second');
});

it('goes through an HTTP proxy', async () => {
  await using scene = await openProxiedScene();
  const { host, tls, ...options } = scene.options;
  const network = { ca: scene.ca, proxy: scene.proxy.url };
  const named = { ...options, ...network, applicationName: 'postgres-extraction', host, tls };
  const bounds = { results: 1, bytes: 1, perQueue: 1 };
  await using running = await startProxy(named, { bounds, earlyOkMs: undefined });
  await running.connection.workflowService.describeNamespace({ namespace });
  expect(scene.temporal.totals.passed).toBe(1);
});

it('presents its own certificate to workers, and another one once its files have it', async () => {
  await using folder = await TestCertificateFolder.create();
  await folder.write(testCertificates());
  const { certFile, keyFile } = folder.files;
  await using scene = await openStillScene({ certificate: { certFile, keyFile } });
  const { address, temporal } = scene;
  const call = async (ca: string): Promise<void> => {
    const tls = { serverRootCACertificate: Buffer.from(ca) };
    const connection = Connection.lazy({ address, tls, interceptors: [] });
    try {
      await connection.withDeadline(Date.now() + 5_000, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
    } finally {
      await connection.close();
    }
  };
  await call(testCertificates().ca);
  expect(temporal.totals.passed).toBe(1);
  expect(await namesAt(address)).not.toContain('other.example');
  await folder.write(testCertificates(['other.example']));
  await scene.passUntil(async () => (await namesAt(address)).includes('other.example'));
  expect(temporal.totals).toEqual({ passed: 1, rejected: 0 });
});

/** Whom the certificate is for that is presented there. */
async function namesAt(address: string): Promise<string> {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port), ca: testCertificates().ca, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const { subjectaltname = '' } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname;
}
