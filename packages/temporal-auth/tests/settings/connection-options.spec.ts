import { credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

const proxy = { type: 'http-connect', targetHost: 'proxy.example:80' } as const;

/** The settings of these options, with nothing of the real environment. */
function read(options: TemporalAuthOptions): Settings {
  return readSettings({ env: {}, ...options });
}

describe('the settings of connections', () => {
  it('are nothing but the timeout when nothing is given', () => {
    expect(read({})).toMatchObject({
      connection: {},
      nativeConnection: {},
      connectTimeoutMs: 30_000,
    });
  });

  it('copy what is given', () => {
    const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };
    const grpcCompression = { codec: 'none' } as const;
    const options = { connection: { channelArgs }, nativeConnection: { grpcCompression } };
    const checked = read(options);
    expect(checked).toMatchObject(options);
    expect(checked.connection).not.toBe(options.connection);
    expect(checked.nativeConnection).not.toBe(options.nativeConnection);
  });

  it('read the timeout, and reject one that is none', () => {
    expect(read({ connectTimeoutMs: 3_000 }).connectTimeoutMs).toBe(3_000);
    expect(() => read({ connectTimeoutMs: 0 })).toThrow(/^connectTimeoutMs must/);
  });

  it.each([
    ['address', 'host and port'],
    ['connectTimeout', 'give connectTimeoutMs'],
    ['apiKey', 'the token is set by the client itself'],
    ['metadata', 'give metadata'],
    ['tls', 'give tls'],
  ])('rejects "%s" for either connection, and says what to give instead', (key, instead) => {
    for (const name of ['connection', 'nativeConnection']) {
      const check = () => read({ [name]: { [key]: {} } });
      expect(check).toThrow(TypeError);
      expect(check).toThrow(`${name} must not hold "${key}": `);
      expect(check).toThrow(instead);
    }
  });

  it.each([
    { tls: false, connection: { credentials: credentials.createInsecure() } },
    { proxy: 'http://proxy.example', nativeConnection: { proxy } },
  ])("takes Temporal's own in place of ours", (options) => {
    expect(() => read(options)).not.toThrow();
  });

  it('is part of the constructor', () => {
    const create = () =>
      new TemporalWorkflowClient({ applicationName: 'a', env: {}, connection: { apiKey: 'x' } as object });
    expect(create).toThrow('connection must not hold "apiKey"');
  });
});
