import { TestCertificateFolder } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { tokenOptions } from '../../../src/settings/temporal-options.ts';
import { openProxiedScene } from '../../support/proxied-scene.ts';
import { openProxyScene, startProxy } from '../../support/proxy-scene.ts';

const namespace = 'default';

it('reaches Temporal over TLS by an authority that is trusted', async () => {
  await using scene = await openProxyScene({
    frontend: { tls: true },
    settings: ({ caCertificate: ca }) => ({ tls: true, ca }),
  });
  await scene.worker.describeNamespace({ namespace });
  expect(scene.temporal.totals.passed).toBe(1);
});

it('sends no token to a Temporal that it does not trust, and says so', async () => {
  await using scene = await openProxyScene({ frontend: { tls: true }, settings: () => ({ tls: true }) });
  const asked = scene
    .within(1_500, () => scene.worker.describeNamespace({ namespace }))
    .catch(() => 'failed');
  await expect.poll(() => scene.proxy.troubles.join()).toMatch(/Temporal is not reached: .*certificate/);
  expect(await asked).toBe('failed');
  expect(scene.temporal.totals).toEqual({ passed: 0, rejected: 0 });
});

it('presents the client certificate of its files, and another one once they have it', async () => {
  await using folder = await TestCertificateFolder.create();
  await folder.issue({ subjectDn: 'CN=first' });
  await using scene = await openProxyScene({
    frontend: { tls: true, requireClientCertificate: true },
    settings: () => ({ tls: folder.files }),
  });
  const caller = async (): Promise<string | undefined> => {
    await scene.worker.describeNamespace({ namespace });
    return scene.temporal.calls.at(-1)?.clientName;
  };
  expect(await caller()).toBe('first');
  await folder.issue({ subjectDn: 'CN=second' });
  await expect.poll(caller, { timeout: 30_000 }).toBe('second');
});

it('goes through an HTTP proxy', async () => {
  await using scene = await openProxiedScene();
  const { host, tls, ...options } = scene.options;
  const own = { ca: scene.ca, proxy: scene.proxy.url };
  const named = { ...tokenOptions(options), ...own, applicationName: 'postgres-extraction', host, tls };
  const bounds = { results: 1, bytes: 1, perQueue: 1 };
  await using running = await startProxy(named, { bounds, earlyOkMs: undefined });
  await running.connection.workflowService.describeNamespace({ namespace });
  expect(scene.temporal.totals.passed).toBe(1);
});
