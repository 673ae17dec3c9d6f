import { Client } from '@temporalio/client';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporalAuth } from '../../src/plugin.ts';
import { openCertificateScene } from '../support/certificate-scene.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { openProfileScene } from '../support/profile-scene.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, rejection } from '../support/scene.ts';

beforeAll(quietRuntime);

const key = (name: string): string => `api_key = "${name}"\ntls = { disabled = true }`;

describe('the API key of a profile', () => {
  it('is what client and workers send, with authentication off', async () => {
    await using scene = await openProfileScene();
    await scene.write(`${key('first-key')}\ngrpc_meta = { x-tenant = "a", authorization = "Bearer other" }`);
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities: { countRows: () => 42 } });
    await worker.runUntil(
      scene.temporal.until(() => scene.temporal.tokensOf('PollActivityTaskQueue').length > 0),
    );
    expect(new Set(scene.temporal.tokensOf())).toEqual(new Set([tokenFingerprint('first-key')]));
    expect(scene.temporal.totals.rejected).toBe(0);
    expect(scene.temporal.calls[0]?.metadata['x-tenant']).toBe('a');
    expect(client.client.options.namespace).toBe('extraction');
    expect(client.auth.isAuthEnabled()).toBe(false);
    const printed = inspect([client, client.client.connection, scene.log.entries], { depth: 20 });
    expect(printed + JSON.stringify(client.health())).not.toContain('first-key');
  });

  it('is read again when the key of a running worker is rejected, which goes on', async () => {
    await using scene = await openProfileScene();
    await scene.write(key('first-key'));
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities: { countRows: () => 42 } });
    const { temporal } = scene;
    const polledWith = (name: string): boolean =>
      temporal.tokensOf('PollActivityTaskQueue').includes(tokenFingerprint(name));
    await worker.runUntil(async () => {
      await temporal.until(() => polledWith('first-key'));
      await scene.write(key('second-key'));
      scene.accept('second-key');
      const isAccepted = (): boolean =>
        temporal.tokensOf('RecordWorkerHeartbeat').includes(tokenFingerprint('second-key'));
      await passUntil(scene, () => isAccepted() && client.health().temporal.state === 'good');
    });
    expect(JSON.stringify(scene.log.entries)).not.toContain('-key');
  });

  it('is named when it is rejected, and there is no other', async () => {
    await using scene = await openProfileScene();
    await scene.write(key('over-key'));
    const error = await rejection(scene.createClient().load());
    expect(error).toMatchObject({
      ...{ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED', retryable: false },
      message: expect.stringContaining('The API key of the Temporal profile was rejected') as string,
    });
    expect(String(error)).not.toContain('over-key');
  });

  it('is not sent when authentication is on: the token is', async () => {
    await using scene = await openProfileScene();
    await using other = await openScene();
    await scene.write(`${key('first-key')}\ngrpc_meta = { authorization = "Bearer other" }`);
    const client = other.createClient({
      ...{ host: undefined, port: undefined, profile: true, env: scene.options.env },
      ...{ bootTimeoutMs: 0 },
    });
    expect(String(await rejection(client.load()))).toContain('Check that the token is signed');
    expect(new Set(scene.temporal.tokensOf())).toEqual(new Set(other.issuedFingerprints()));
    expect(scene.temporal.tokensOf().length).toBeGreaterThan(0);
  });
});

describe('the authorization in the metadata of a profile', () => {
  it('is sent when there is neither a token nor a key', async () => {
    await using scene = await openProfileScene();
    await scene.write('grpc_meta = { authorization = "Bearer first-key" }');
    await scene.createClient().load();
    expect(scene.temporal.totals.rejected).toBe(0);
  });
});

describe('the plugin, with a profile', () => {
  it('opens the connection of a client by it, with its API key, and reads that again when it is rejected', async () => {
    await using scene = await openProfileScene();
    await scene.write(key('first-key'));
    await using auth = temporalAuth({ ...scene.options, applicationName: undefined } as TemporalAuthOptions);
    await auth.ready();
    const client = new Client({ plugins: [auth] });
    await client.workflow.start('extract', { taskQueue: 'extraction', workflowId: 'first' });
    await scene.write(key('second-key'));
    scene.accept('second-key');
    await client.workflow.start('extract', { taskQueue: 'extraction', workflowId: 'second' });
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toEqual(
      ['first-key', 'first-key', 'first-key', 'second-key'].map((name) => tokenFingerprint(name)),
    );
    expect(client.options.namespace).toBe('extraction');
    await client.connection.close();
  });
});

describe('the certificate files of a profile', () => {
  it.each(['variables', 'file'] as const)(
    'rotate under a running client, as those of tls do, when they are named in %s',
    async (where) => {
      await using scene = await openCertificateScene();
      const { certFile, keyFile, caFile } = scene.folder.files;
      const config = join(dirname(certFile), 'temporal.toml');
      const tls = { client_cert_path: certFile, client_key_path: keyFile, server_ca_cert_path: caFile };
      const lines = Object.entries(tls).map(([key, path]) => `${key} = "${path}"`);
      await writeFile(config, `[profile.default.tls]\n${lines.join('\n')}\n`);
      const variables = {
        TEMPORAL_TLS_CLIENT_CERT_PATH: certFile,
        TEMPORAL_TLS_CLIENT_KEY_PATH: keyFile,
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: caFile,
      };
      const env = where === 'variables' ? variables : { TEMPORAL_CONFIG_FILE: config };
      const client = await scene.open({ tls: undefined, profile: true, env });
      const describeNamespace = async (): Promise<string | undefined> => {
        await client.client.workflowService.describeNamespace({ namespace: 'default' });
        return scene.temporal.calls.at(-1)?.clientName;
      };
      expect(await describeNamespace()).toBe('first');
      await scene.issue('second');
      await passUntil(scene, () => scene.temporal.connectionsSeen === 2);
      await scene.temporal.until(() => scene.temporal.openConnections === 1);
      expect(await describeNamespace()).toBe('second');
    },
  );
});
