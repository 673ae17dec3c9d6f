import { credentials, InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { startHeadersServer } from '../support/first-headers.ts';
import { openScene, rejection } from '../support/scene.ts';

beforeAll(quietRuntime);

function optionsOf(client: TemporalWorkflowClient): Connection['options'] {
  const { connection } = client.client;
  if (connection instanceof Connection) return connection.options;
  throw new Error('It is another kind of connection');
}

describe('the options of the client connection', () => {
  it('have gRPC connect again within 5 s after an outage, beside what Temporal has by default', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    expect(optionsOf(client).channelArgs).toMatchObject({
      'grpc.max_reconnect_backoff_ms': 5_000,
      'grpc.keepalive_time_ms': 30_000,
    });
  });

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

  it('may have interceptors, which replace the retries of Temporal; the token is set behind them', async () => {
    await using scene = await openScene();
    const seen: string[] = [];
    const watch: Interceptor = (options, nextCall) => {
      seen.push(options.method_definition.path.replace(/.*\//, ''));
      return new InterceptingCall(nextCall(options));
    };
    const client = scene.createClient({ connection: { interceptors: [watch] } });
    await client.load();
    expect(seen).toEqual(['GetSystemInfo', 'DescribeNamespace']);
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
    scene.temporal.injectFault('unavailable');
    await rejection(client.startWorkflow('extract'));
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toHaveLength(1);
  });

  it('have the retries of Temporal otherwise', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    scene.temporal.injectFault('unavailable');
    await client.startWorkflow('extract');
    expect(scene.temporal.tokensOf('StartWorkflowExecution')).toHaveLength(2);
  });

  it('may have channel credentials, which win over what the secret says about TLS', async () => {
    await using scene = await openScene();
    const { clientId, clientSecret, tokenUrl } = scene.oauth;
    const source = {
      get: () => Promise.resolve({ clientId, clientSecret, tokenUrl, source: 'test', tlsEnabled: true }),
      invalidate: () => undefined,
    };
    const client = scene.createClient({
      credentials: source,
      ...{ authUrl: undefined, clientId: undefined, clientSecret: undefined },
      connection: { credentials: credentials.createInsecure() },
    });
    await client.load();
    expect(scene.temporal.tokensOf('GetSystemInfo')).toHaveLength(1);
  });

  it('may have a plugin', async () => {
    await using scene = await openScene();
    const plugin = {
      name: 'test',
      configureConnection: vi.fn((options: object) => ({ ...options, metadata: { 'x-by': 'plugin' } })),
    };
    const client = scene.createClient({ connection: { plugins: [plugin] } });
    await client.load();
    expect(plugin.configureConnection).toHaveBeenCalledTimes(1);
    expect(scene.temporal.calls[0]?.metadata['x-by']).toBe('plugin');
  });

  it('leave the token out when authentication is off, and keep the rest', async () => {
    await using scene = await openScene();
    await using server = await startHeadersServer();
    const channelArgs = { 'grpc.primary_user_agent': 'x/1' };
    const client = scene.createClient({ port: server.port, authEnabled: false, connection: { channelArgs } });
    const loading = rejection(client.load());
    const headers = await server.headers;
    expect(headers['user-agent']).toContain('x/1');
    expect(headers).not.toHaveProperty('authorization');
    await client.close();
    await loading;
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
    const client = scene.createClient({ nativeConnection });
    await client.load();
    await client.createWorker({ activities: { countRows: () => 1 } });
    expect(opened.mock.calls[0]?.[0]).toMatchObject({
      address: scene.temporal.address,
      tls: false,
      apiKey: scene.oauth.issuedTokens[0],
      ...nativeConnection,
    });
  });
});
