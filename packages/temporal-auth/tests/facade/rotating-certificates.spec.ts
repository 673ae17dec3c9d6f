import { testClientCertificate } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { openCertificateScene } from '../support/certificate-scene.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { passUntil, rejection, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

function describeNamespace({ client }: TemporalWorkflowClient): Promise<unknown> {
  return client.workflowService.describeNamespace({ namespace: 'default' });
}

describe('the client connection of certificates that rotate', () => {
  it.each([{ authEnabled: false }, { authEnabled: true }])(
    'is replaced under the client when the files hold another certificate, and the old one closed ($authEnabled)',
    async (options) => {
      await using scene = await openCertificateScene();
      const client = await scene.open(options);
      await describeNamespace(client);
      expect(scene.temporal.calls.at(-1)?.clientName).toBe('first');
      await scene.issue('second');
      await passUntil(scene, () => scene.temporal.connectionsSeen === 2);
      await scene.temporal.until(() => scene.temporal.openConnections === 1);
      await describeNamespace(client);
      expect(scene.temporal.calls.at(-1)?.clientName).toBe('second');
    },
  );

  it('is named where Temporal rejects it and no token was sent', async () => {
    await using scene = await openCertificateScene();
    const client = await scene.open({ authEnabled: false });
    scene.temporal.failWith('permissionDenied');
    const error = await rejection(client.startWorkflow('extract'));
    expect(String(error)).toContain('The client certificate was rejected, and no token was sent');
    expect(String(error)).toContain('trusted for the namespace "default"');
  });

  it('has its calls go on that have begun', async () => {
    await using scene = await openCertificateScene();
    const client = await scene.open();
    const release = scene.temporal.hold('DescribeNamespace');
    const called = scene.temporal.nextCall('DescribeNamespace');
    const call = describeNamespace(client);
    await called;
    await scene.issue('second');
    await passUntil(scene, () => scene.temporal.connectionsSeen === 2);
    release();
    await call;
    await scene.temporal.until(() => scene.temporal.openConnections === 1);
  });

  it('is replaced when the authorities alone are others', async () => {
    await using scene = await openCertificateScene();
    await scene.open();
    const { ca } = testClientCertificate();
    await scene.folder.write({ ca: ca + testClientCertificate({ selfSigned: true }).cert });
    await passUntil(scene, () => scene.temporal.connectionsSeen === 2);
  });

  it('is kept while no server takes the new certificate', async () => {
    await using scene = await openCertificateScene();
    const client = await scene.open();
    await scene.issue('second', { selfSigned: true });
    await passUntil(scene, () => scene.temporal.connectionsSeen > 2);
    await describeNamespace(client);
    expect(scene.temporal.calls.at(-1)?.clientName).toBe('first');
    await scene.issue('third');

    await expect
      .poll(async () => {
        await describeNamespace(client);
        await scene.clock.advance(1_000);
        return scene.temporal.calls.at(-1)?.clientName;
      })
      .toBe('third');
  });

  it('is kept while the files cannot be used, and the log tells why, once', async () => {
    await using scene = await openCertificateScene();
    const client = await scene.open();
    await scene.folder.write({ key: testClientCertificate().key });
    await passUntil(scene, () => scene.log.matching('is not renewed:').length > 0);
    await scene.clock.advance(60_000);
    await passUntil(scene, () => scene.log.matching('is not renewed:').length > 0);
    expect(scene.log.messages('WARN')).toEqual([
      expect.stringContaining(
        `keyFile ${scene.folder.files.keyFile} is not the key of the first certificate`,
      ),
    ]);
    await describeNamespace(client);
    expect(scene.temporal.connectionsSeen).toBe(1);
  });
});

describe('files that a client cannot begin with', () => {
  it('are a ConfigurationError of load(), which succeeds when they are right', async () => {
    await using scene = await openCertificateScene();
    await scene.folder.write({ cert: '' });
    const client = scene.createClient({ host: 'localhost', authEnabled: false, tls: scene.folder.files });
    const error = (await rejection(settled(scene, client.load()))) as ConfigurationError;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'REFRESH_SCHEDULER_CERTIFICATE_MALFORMED' });
    expect(error.message).toContain(`certFile ${scene.folder.files.certFile} is empty`);
    await scene.issue('first');
    await client.load();
  });

  it.each([
    [{ certFile: 'a' }, 'keyFile must be the path of a file'],
    [{ caFile: 'a' }, 'certFile must be the path of a file'],
    [
      { certFile: 'a', keyFile: 'b', clientCertPair: { crt: Buffer.of(), key: Buffer.of() } },
      'Give tls.certFile or tls.clientCertPair, not both',
    ],
    [
      { certFile: 'a', keyFile: 'b', serverRootCACertificate: Buffer.of() },
      'Give tls.certFile or tls.serverRootCACertificate, not both',
    ],
  ])('are rejected by the constructor: %j', async (tls, message) => {
    await using scene = await openCertificateScene();
    expect(() => scene.createClient({ tls: tls as never })).toThrow(new TypeError(message));
  });
});
