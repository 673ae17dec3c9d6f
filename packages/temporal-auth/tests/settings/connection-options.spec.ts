import { credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { checkConnectionOptions } from '../../src/settings/connection-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';

const proxy = { type: 'http-connect', targetHost: 'proxy.example:80' } as const;

describe('checkConnectionOptions', () => {
  it('gives nothing but the timeout when nothing is given', () => {
    expect(checkConnectionOptions({})).toEqual({
      connection: {},
      nativeConnection: {},
      connectTimeoutMs: 10_000,
    });
  });

  it('copies what is given', () => {
    const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };
    const grpcCompression = { codec: 'none' } as const;
    const options = { connection: { channelArgs }, nativeConnection: { grpcCompression } };
    const checked = checkConnectionOptions(options);
    expect(checked).toMatchObject(options);
    expect(checked.connection).not.toBe(options.connection);
    expect(checked.nativeConnection).not.toBe(options.nativeConnection);
  });

  it.each([
    [{ connectTimeoutMs: 3_000 }, 3_000],
    [{ connection: { connectTimeout: 4_000 } }, 4_000],
    [{ connection: { connectTimeout: '5 seconds' } }, 5_000],
  ])('reads the timeout of %j as %d ms', (options, expected) => {
    expect(checkConnectionOptions(options).connectTimeoutMs).toBe(expected);
  });

  it.each([
    [{ connectTimeoutMs: 0 }, /^connectTimeoutMs must/],
    [{ connection: { connectTimeout: 0 } }, /^connection\.connectTimeout must/],
  ])('refuses the timeout of %j by its name', (options, message) => {
    expect(() => checkConnectionOptions(options)).toThrow(RangeError);
    expect(() => checkConnectionOptions(options)).toThrow(message);
  });

  it.each([
    ['address', 'host and port'],
    ['apiKey', 'the token is set by the client itself'],
    ['metadata', 'give metadata'],
    ['tls', 'give tls'],
  ])('refuses "%s" for either connection, and says what to give instead', (key, instead) => {
    for (const name of ['connection', 'nativeConnection']) {
      const check = () => checkConnectionOptions({ [name]: { [key]: {} } });
      expect(check).toThrow(TypeError);
      expect(check).toThrow(`${name} must not hold "${key}": `);
      expect(check).toThrow(instead);
    }
  });

  it.each([
    [
      { connectTimeoutMs: 1, connection: { connectTimeout: 1 } },
      'connectTimeoutMs or connection.connectTimeout',
    ],
    [
      { tls: false, connection: { credentials: credentials.createInsecure() } },
      'tls or connection.credentials',
    ],
    [{ proxy: 'http://proxy.example', nativeConnection: { proxy } }, 'proxy or nativeConnection.proxy'],
  ])('refuses two that say the same', (options, names) => {
    expect(() => checkConnectionOptions(options)).toThrow(new TypeError(`Give ${names}, not both`));
  });

  it.each([
    { tls: false },
    { connection: { credentials: credentials.createInsecure() } },
    { proxy: 'http://proxy.example' },
    { nativeConnection: { proxy } },
  ])('takes one of the two alone', (options) => {
    expect(() => checkConnectionOptions(options)).not.toThrow();
  });

  it('is part of the constructor', () => {
    const create = () =>
      new TemporalWorkflowClient({ applicationName: 'a', env: {}, connection: { apiKey: 'x' } as object });
    expect(create).toThrow('connection must not hold "apiKey"');
  });
});
