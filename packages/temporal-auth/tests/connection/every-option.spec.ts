import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, Runtime } from '@temporalio/worker';
import { beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import type { TemporalAuthPlugin } from '../../src/plugin.ts';
import { pluginOf } from '../support/plugin-scene.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, type Scene } from '../support/scene.ts';

beforeAll(quietRuntime);

/** Opens the connection of workers; the address of the scene is the default. */
async function openNative(scene: Scene, options: NativeConnectionOptions): Promise<NativeConnection> {
  const auth = pluginOf(scene);
  await auth.ready();
  return NativeConnection.connect({ address: scene.temporal.address, ...options, plugins: [auth] });
}

describe('the types leave nothing of Temporal’s options out', () => {
  it('but what the facade says once for both connections', () => {
    type Once = 'address' | 'apiKey' | 'metadata' | 'tls';
    type Of<K extends 'connection' | 'nativeConnection'> = keyof NonNullable<TemporalAuthOptions[K]>;
    expectTypeOf<Exclude<keyof ConnectionOptions, Of<'connection'>>>().toEqualTypeOf<
      Once | 'connectTimeout'
    >();
    expectTypeOf<Exclude<keyof NativeConnectionOptions, Of<'nativeConnection'>>>().toEqualTypeOf<Once>();
  });

  it('and nothing of the plugin', () => {
    expectTypeOf<TemporalAuthPlugin['configureConnection']>().parameter(0).toEqualTypeOf<ConnectionOptions>();
    expectTypeOf<TemporalAuthPlugin['configureNativeConnection']>()
      .parameter(0)
      .toEqualTypeOf<NativeConnectionOptions>();
  });
});

describe('opened with the plugin', () => {
  it('a client connection has the options that it was given, and the token', async () => {
    await using scene = await openScene();
    const seen: string[] = [];
    const interceptor: Interceptor = (options, nextCall) => {
      seen.push(options.method_definition.path);
      return new InterceptingCall(nextCall(options));
    };
    const connection = await Connection.connect({
      ...{ address: scene.temporal.address, plugins: [pluginOf(scene)] },
      channelArgs: { 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.primary_user_agent': 'extraction/1' },
      connectTimeout: '5 seconds',
      interceptors: [interceptor],
      metadata: { 'x-tenant': 'a' },
    });
    expect(connection.options.connectTimeoutMs).toBe(5_000);
    expect(connection.options.channelArgs).toMatchObject({
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.primary_user_agent': 'extraction/1',
    });
    expect(seen).toHaveLength(1);
    expect(scene.temporal.calls[0]?.metadata['x-tenant']).toBe('a');
    expect(scene.temporal.tokensOf('GetSystemInfo')).toEqual(scene.issuedFingerprints());
    await connection.close();
  });

  it('a native connection has the options that it was given, and the token', async () => {
    await using scene = await openScene();
    const opened = vi.spyOn(Runtime.instance(), 'createNativeClient');
    const options = {
      grpcCompression: { codec: 'none' },
      disableErrorCodeMetricTags: true,
      payloadLimits: { memoWarnSize: 1_000 },
      metadata: { 'x-tenant': 'a' },
    } as const;
    const connection = await openNative(scene, options);
    expect(opened.mock.calls.at(-1)?.[0]).toMatchObject(options);
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(scene.temporal.calls.at(-1)?.metadata['x-tenant']).toBe('a');
    expect(scene.temporal.tokensOf('DescribeNamespace')).toEqual(scene.issuedFingerprints());
    await connection.close();
  });
});
