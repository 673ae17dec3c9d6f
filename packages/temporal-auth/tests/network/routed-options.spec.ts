import { testCertificates } from '@worker-auth/testing-fakes';
import { everyWayShown } from '@worker-auth/workspace/every-way-shown';
import { describe, expect, it } from 'vitest';
import { readNetwork } from '@worker-auth/calls/settings/network-settings';
import { directNetwork } from '@worker-auth/calls/tests/direct-network';
import { routedClient, routedNative } from '../../src/network/routed-options.ts';
import { wayTo } from '@worker-auth/calls/network/way-to';
import { ConfigurationError } from '@worker-auth/calls/errors/temporal-auth-error';

const { ca, cert, key } = testCertificates();
const network = readNetwork({ proxy: 'http://user:p%40ss@proxy.example:3128', ca }, {});
const address = 'temporal.example:7233';

describe('routedClient', () => {
  it('goes to the proxy, and has it connect to Temporal', () => {
    const { address: goesTo, channelArgs } = routedClient({ address, tls: false }, network);
    expect(goesTo).toBe('proxy.example:3128');
    expect(channelArgs).toMatchObject({
      'grpc.http_connect_target': 'dns:temporal.example:7233',
      'grpc.default_authority': address,
      'grpc.enable_http_proxy': 0,
    });
  });

  it('has credentials that Buffer reads, and nobody else', () => {
    const { channelArgs = {} } = routedClient({ address }, network);
    const credentials = channelArgs['grpc.http_connect_creds'] as string;
    expect(Buffer.from(credentials).toString()).toBe('user:p@ss');
    const printed = everyWayShown(channelArgs) + everyWayShown(credentials);
    expect(printed).not.toContain('p@ss');
    expect(printed).toContain('grpc.http_connect_creds');
  });

  it('goes to Temporal without a proxy, and has grpc-js look for none', () => {
    expect(routedClient({ address, tls: false }, directNetwork)).toEqual({
      ...{ address, tls: false },
      channelArgs: { 'grpc.enable_http_proxy': 0 },
    });
  });

  it('leaves channel arguments of one’s own as they are', () => {
    const ownArgs = { 'grpc.default_authority': 'own.example', 'grpc.max_reconnect_backoff_ms': 7 };
    expect(routedClient({ address, channelArgs: ownArgs }, network).channelArgs).toMatchObject(ownArgs);
    const reading = { 'grpc.enable_http_proxy': 1 };
    expect(routedClient({ address, channelArgs: reading }, directNetwork).channelArgs).toEqual(reading);
  });

  it('is the same when it is done twice', () => {
    const once = routedClient({ address, tls: true }, network);
    expect(routedClient(once, network)).toBe(once);
  });

  it('rejects an IPv6 address behind a proxy, and no name', () => {
    const route = () => routedClient({ address: '[fd00::1]:7233' }, network);
    expect(route).toThrow(ConfigurationError);
    expect(route).toThrow(
      expect.objectContaining({
        code: 'TEMPORAL_AUTH_SETTING_REJECTED',
        message:
          "Temporal's client connection reaches no IPv6 address through a proxy (proxy.example:3128). Or name [fd00::1] in NO_PROXY.",
      }),
    );
    expect(() => routedClient({ address: '[fd00::1]:7233' }, directNetwork)).not.toThrow();
  });
});

describe('routedNative', () => {
  it('has the proxy in Temporal’s form', () => {
    expect(routedNative({ address, tls: false }, network)).toEqual({
      ...{ address, tls: false },
      proxy: {
        ...{ type: 'http-connect', targetHost: 'proxy.example:3128' },
        basicAuth: { username: 'user', password: 'p@ss' },
      },
    });
  });

  it('has no credentials where the proxy has none', () => {
    const { proxy } = routedNative({ address }, readNetwork({ proxy: 'http://proxy.example' }, {}));
    expect(proxy).toEqual({ type: 'http-connect', targetHost: 'proxy.example:80' });
  });

  it('leaves a proxy of one’s own as it is', () => {
    const proxy = { type: 'http-connect', targetHost: 'own.example:80' } as const;
    expect(routedNative({ address, proxy }, network).proxy).toBe(proxy);
  });

  it('has none for this host', () => {
    expect(routedNative({ address: '127.0.0.1:7233' }, network)).not.toHaveProperty('proxy');
    expect(routedNative({}, network)).not.toHaveProperty('proxy');
  });

  it('rejects dnsLoadBalancingConfig behind a proxy, and takes it without one', () => {
    const options = { address, dnsLoadBalancingConfig: { resolutionInterval: '1 minute' } } as const;
    expect(() => routedNative(options, network)).toThrow(
      "Temporal's Core balances nothing by DNS behind a proxy (proxy.example:3128). Leave dnsLoadBalancingConfig out. Or name temporal.example in NO_PROXY.",
    );
    expect(routedNative(options, directNetwork)).toMatchObject(options);
  });
});

describe.each([
  ['routedClient', routedClient],
  ['routedNative', routedNative],
] as const)('%s', (_name, routed) => {
  it.each([
    ['TLS', true],
    ['TLS with nothing special', {}],
  ])('trusts the certificates of the network, with %s', (_what, tls) => {
    expect(routed({ address, tls }, network).tls).toEqual({
      serverRootCACertificate: Buffer.from(ca.trim()),
    });
  });

  it('keeps what else TLS has', () => {
    const tls = {
      serverNameOverride: 'other.example',
      clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) },
    };
    expect(routed({ address, tls }, network).tls).toEqual({
      ...tls,
      serverRootCACertificate: Buffer.from(ca.trim()),
    });
  });

  it('leaves certificates that are given for Temporal alone', () => {
    const tls = { serverRootCACertificate: Buffer.from(cert) };
    expect(routed({ address, tls }, network).tls).toBe(tls);
  });

  it.each([false, null])('leaves TLS off where it is %s, and reads no certificates', (tls) => {
    const unread = readNetwork({}, { SSL_CERT_FILE: '/not/there' });
    expect(routed({ address, tls }, unread).tls).toBe(false);
  });

  it.each([
    'http://temporal.example',
    'user@temporal.example',
    'temporal.example/path',
    'temporal.example:99999',
    '',
  ])('rejects an address that is none: "%s"', (given) => {
    expect(() => routed({ address: given }, network)).toThrow(
      new TypeError(`The address of Temporal must be host:port or host; received ${given}`),
    );
  });
});

describe('wayTo', () => {
  it.each([
    ['temporal.example:443', 'temporal.example', 443],
    ['my_service', 'my_service', 7233],
    ['[fd00::1]:7233', '[fd00::1]', 7233],
    ['10.0.0.1', '10.0.0.1', 7233],
  ])('reads the host and the port of %s', (given, hostname, port) => {
    expect(wayTo(given, directNetwork)).toEqual({ hostname, port, proxy: undefined });
  });
});
