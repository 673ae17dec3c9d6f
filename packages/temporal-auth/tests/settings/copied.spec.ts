import { expect, it } from 'vitest';
import { copied } from '@worker-auth/calls/settings/copied';
import { readPluginSettings } from '../../src/settings/plugin-settings.ts';

class Cache {
  readonly entries: string[] = [];
}

it('a copy stays as it was when what it was made of changes', () => {
  const given = {
    text: 'a',
    list: [{ rows: 1 }],
    bytes: Buffer.from('certificate'),
    nested: { none: null, missing: undefined },
  };
  const copy = copied(given);
  expect(copy).toEqual(given);
  const before = structuredClone({ ...given, bytes: given.bytes.toString() });
  given.text = 'b';
  given.list.push({ rows: 2 });
  Object.assign(given.list[0] ?? {}, { rows: 3 });
  given.bytes.fill(0);
  Object.assign(given.nested, { none: 4 });
  expect({ ...copy, bytes: copy.bytes.toString() }).toEqual(before);
});

it('what has a class or methods of its own is the same', () => {
  const given = { cache: new Cache(), codec: { encode: () => 1, state: {} }, call: () => 2 };
  const { cache, codec } = given;
  expect(copied([cache, codec])).toEqual([cache, codec]);
  expect(copied([cache, codec]).map((one, index) => one === [cache, codec][index])).toEqual([true, true]);
  expect(copied(given)).toBe(given);
});

it('settings stay as they were when the options change', () => {
  const options = {
    host: 'temporal',
    metadata: { team: 'a' },
    tls: { serverNameOverride: 'a', serverRootCACertificate: Buffer.from('a') },
    connection: { channelArgs: { 'grpc.keepalive_time_ms': 1 } },
    nativeConnection: { proxy: { type: 'http-connect' as const, targetHost: 'proxy:1' } },
    env: {},
  };
  const settings = readPluginSettings(options);
  const { metadata, tls, connection, nativeConnection } = settings;
  const before = structuredClone({ metadata, tls, connection, nativeConnection });
  options.metadata.team = 'b';
  options.tls.serverNameOverride = 'b';
  options.tls.serverRootCACertificate.fill(0);
  options.connection.channelArgs['grpc.keepalive_time_ms'] = 2;
  options.nativeConnection.proxy.targetHost = 'proxy:2';
  expect(structuredClone({ metadata, tls, connection, nativeConnection })).toEqual(before);
});
