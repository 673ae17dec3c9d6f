import { credentials, InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TemporalWorkflowClient } from '../../src/index.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { FakeTemporal } from '../support/fake-temporal.ts';
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
    await using temporal = await FakeTemporal.start();
    const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.primary_user_agent': 'extraction/1' };
    const client = scene.createClient({ port: temporal.port, connection: { channelArgs } });
    await client.load();
    expect(optionsOf(client).channelArgs).toMatchObject(channelArgs);
    expect(temporal.calls[0]?.headers['user-agent']).toContain('extraction/1');
  });

  it('may have interceptors, which replace the retries of Temporal; the token is set behind them', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const seen: string[] = [];
    const watch: Interceptor = (options, nextCall) => {
      seen.push(options.method_definition.path.replace(/.*\//, ''));
      return new InterceptingCall(nextCall(options));
    };
    const client = scene.createClient({ port: temporal.port, connection: { interceptors: [watch] } });
    await client.load();
    expect(seen).toEqual(['GetSystemInfo', 'DescribeNamespace']);
    expect(temporal.tokensOf('DescribeNamespace')).toEqual([scene.oauth.issuedTokens[0]]);
    temporal.reply = () => ({ status: 14, message: 'down' });
    await rejection(client.startWorkflow('extract'));
    expect(temporal.tokensOf('StartWorkflowExecution')).toHaveLength(1);
  });

  it('have the retries of Temporal otherwise', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const client = scene.createClient({ port: temporal.port });
    await client.load();
    let failures = 1;
    temporal.reply = () => (failures-- > 0 ? { status: 14, message: 'down' } : 'empty');
    await client.startWorkflow('extract');
    expect(temporal.tokensOf('StartWorkflowExecution')).toHaveLength(2);
  });

  it('may have channel credentials, which win over what the secret says about TLS', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const { clientId, clientSecret } = scene.oauth;
    const source = {
      get: () => Promise.resolve({ clientId, clientSecret, source: 'test', tlsEnabled: true }),
      invalidate: () => undefined,
    };
    const client = scene.createClient({
      port: temporal.port,
      credentials: source,
      clientId: undefined,
      clientSecret: undefined,
      connection: { credentials: credentials.createInsecure() },
    });
    await client.load();
    expect(temporal.tokensOf('GetSystemInfo')).toHaveLength(1);
  });

  it('may have a plugin', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const plugin = {
      name: 'test',
      configureConnection: vi.fn((options: object) => ({ ...options, metadata: { 'x-by': 'plugin' } })),
    };
    const client = scene.createClient({ port: temporal.port, connection: { plugins: [plugin] } });
    await client.load();
    expect(plugin.configureConnection).toHaveBeenCalledTimes(1);
    expect(temporal.calls[0]?.headers['x-by']).toBe('plugin');
  });

  it('leave the token out when authentication is off, and keep the rest', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const client = scene.createClient({
      port: temporal.port,
      authEnabled: false,
      connection: { channelArgs: { 'grpc.primary_user_agent': 'x/1' } },
    });
    await client.load();
    expect(temporal.calls[0]?.headers).toMatchObject({
      'user-agent': expect.stringContaining('x/1') as string,
    });
    expect(temporal.tokensOf('DescribeNamespace')).toEqual([undefined]);
  });
});

describe('the options of the native connection', () => {
  it.each([
    ['gzip', 'gzip'],
    ['none', undefined],
  ] as const)('reach Core: with the codec %s calls are encoded as %s', async (codec, encoding) => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const client = scene.createClient({
      port: temporal.port,
      nativeConnection: { grpcCompression: { codec } },
    });
    await client.load();
    const before = temporal.calls.length;
    await client.createWorker({ activities: { countRows: () => 1 } });
    expect(temporal.calls[before]?.headers['grpc-encoding']).toBe(encoding);
  });

  it('are under the address, the token and TLS of the client', async () => {
    await using scene = await openScene();
    await using temporal = await FakeTemporal.start();
    const connect = vi.spyOn(NativeConnection, 'connect');
    const client = scene.createClient({
      port: temporal.port,
      nativeConnection: { disableErrorCodeMetricTags: true },
    });
    await client.load();
    await client.createWorker({ activities: { countRows: () => 1 } });
    expect(connect.mock.calls[0]?.[0]).toMatchObject({
      address: `127.0.0.1:${temporal.port}`,
      tls: false,
      apiKey: scene.oauth.issuedTokens[0],
      disableErrorCodeMetricTags: true,
    });
  });
});
