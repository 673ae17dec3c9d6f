import { Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { startHeadersServer } from '../support/first-headers.ts';
import { openScene, rejection } from '../support/scene.ts';

beforeAll(quietRuntime);

describe('the options of the client connection', () => {
  it('reach the channel', async () => {
    await using scene = await openScene();
    await using server = await startHeadersServer();
    const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.primary_user_agent': 'extraction/1' };
    const client = scene.createClient({ port: server.port, connection: { channelArgs } });
    const loading = rejection(client.load());
    expect(await server.headers).toMatchObject({
      'user-agent': expect.stringContaining('extraction/1') as string,
      authorization: `Bearer ${scene.oauth.issuedTokens[0]}`,
    });
    await client.close();
    await loading;
  });

  it('may have a plugin', async () => {
    await using scene = await openScene();
    const plugin = {
      name: 'test',
      configureConnection: vi.fn((options: object) => ({ ...options, metadata: { 'x-by': 'plugin' } })),
    };
    await scene.loadClient({ connection: { plugins: [plugin] } });
    expect(plugin.configureConnection).toHaveBeenCalledTimes(1);
    expect(scene.temporal.calls[0]?.metadata['x-by']).toBe('plugin');
  });
});

describe('the options of the native connection', () => {
  it('reach it, under the address, the token and TLS of the client', async () => {
    await using scene = await openScene();
    const opened = vi.spyOn(Runtime.instance(), 'createNativeClient');
    const nativeConnection = {
      disableErrorCodeMetricTags: true,
      grpcCompression: { codec: 'none' },
    } as const;
    const client = await scene.loadClient({ nativeConnection });
    await client.createWorker({ activities: { countRows: () => 1 } });
    expect(opened.mock.calls[0]?.[0]).toMatchObject({
      address: scene.temporal.address,
      tls: false,
      apiKey: scene.oauth.issuedTokens[0],
      ...nativeConnection,
    });
  });
});
