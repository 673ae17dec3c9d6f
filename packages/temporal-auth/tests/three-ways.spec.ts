import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ConnectionOptions } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { type MockOAuthServer, testCertificates } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TemporalWorkflowClient } from '../src/facade/temporal-workflow-client.ts';
import { temporalAuth } from '../src/plugin.ts';
import { clientSecret, type Credentials } from '@worker-auth/calls/settings/credentials';
import type { TemporalAuthOptions } from '../src/settings/temporal-options.ts';
import { FakeTokens } from './support/fake-connection.ts';
import { openProxiedClients, type ProxiedClients } from './support/proxied-client.ts';
import { quietRuntime } from './support/quiet-runtime.ts';
import { openScene, rejection } from './support/scene.ts';

beforeAll(quietRuntime);

let folder: string;
let caFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'three-ways-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, testCertificates().ca);
});
afterAll(() => rm(folder, { recursive: true }));

/** The client of the server, at its own address. */
function clientAt({ clientId: id, clientSecret: secret, tokenUrl }: MockOAuthServer): Credentials {
  return clientSecret({ id, secret, tokenUrl });
}

/** Goes all three ways: the token endpoint, then Temporal by either connection. */
async function goAllWays(
  client: TemporalWorkflowClient,
  { temporal }: Pick<ProxiedClients, 'temporal'>,
): Promise<void> {
  await client.load();
  const worker = await client.createWorker({ activities: { countRows: () => 42 } });
  await worker.runUntil(temporal.until(() => temporal.tokensOf('PollActivityTaskQueue').length > 0));
}

/** Opens the connection of workers with a token of the user's own. */
function openNative(
  options: TemporalAuthOptions,
  connection: NativeConnectionOptions,
): Promise<NativeConnection> {
  const auth = temporalAuth({ ...options, credentials: undefined, tokens: new FakeTokens(), env: {} });
  return NativeConnection.connect({ ...connection, plugins: [auth] });
}

const saidProxies = [
  ['proxy', (url: string) => ({ proxy: url })],
  ['HTTPS_PROXY', (url: string) => ({ env: { HTTPS_PROXY: url } })],
  ['https_proxy', (url: string) => ({ env: { https_proxy: url } })],
] as const;

describe.each(saidProxies)('a proxy by %s', (_name, said) => {
  it('is asked for all three ways, and for none without it', async () => {
    await using scene = await openProxiedClients();
    const { proxy, ways, ca, temporal } = scene;
    await goAllWays(scene.createClient({ ca, ...said(proxy.url) }), scene);
    expect(proxy.asked).toEqual([ways.token, ways.temporal, ways.temporal]);
    expect(proxy.tunnels).toBe(3);
    expect(temporal.totals.rejected).toBe(0);

    const error = await rejection(scene.createClient({ ca }).load());
    expect(error).toMatchObject({ kind: 'connectivity' });
    expect(proxy.tunnels).toBe(3);
  });
});

const saidCertificates = [
  ['ca', () => ({ ca: testCertificates().ca })],
  ['SSL_CERT_FILE', () => ({ env: { SSL_CERT_FILE: caFile } })],
  ['NODE_EXTRA_CA_CERTS', () => ({ env: { NODE_EXTRA_CA_CERTS: caFile } })],
] as const;

describe.each(saidCertificates)('an authority by %s', (_name, said) => {
  it('is trusted on all three ways, through the proxy', async () => {
    await using scene = await openProxiedClients();
    await goAllWays(scene.createClient({ proxy: scene.proxy.url, ...said() }), scene);
    expect(scene.proxy.tunnels).toBe(3);
  });
});

it('an authority that nothing names is trusted by no way', async () => {
  await using scene = await openProxiedClients();
  const { oauth, proxy, temporal } = scene;
  expect(await rejection(scene.createClient({ proxy: proxy.url }).load())).toMatchObject({
    kind: 'connectivity',
    message: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/) as string,
  });
  const toTemporal = { proxy: proxy.url, authEnabled: false };
  const expected = { code: 'TEMPORAL_AUTH_TLS_FAILED' };
  expect(await rejection(scene.createClient(toTemporal).load())).toMatchObject(expected);
  const opening = openNative({ proxy: proxy.url }, { address: scene.ways.temporal, tls: true });
  expect(String(await rejection(opening))).toContain('UnknownIssuer');
  expect([oauth.issuedTokens, temporal.calls]).toEqual([[], []]);
});

it('this host itself is reached past the proxy on all three ways', async () => {
  await using scene = await openScene();
  await using elsewhere = await openProxiedClients();
  const { proxy } = elsewhere;
  const { oauth, temporal } = scene;
  const client = elsewhere.createClient({
    credentials: clientAt(oauth),
    ...{ host: '127.0.0.1', port: temporal.port, tls: false, proxy: proxy.url },
  });
  await goAllWays(client, scene);
  expect(proxy.asked).toEqual([]);
  expect(temporal.totals.rejected).toBe(0);
});

it('NO_PROXY excepts one way, and leaves the others to the proxy', async () => {
  await using scene = await openProxiedClients();
  const { proxy, ways, ca, oauth } = scene;
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: 'temporal.invalid' };
  await rejection(scene.createClient({ ca, env }).load());
  expect(proxy.asked).toEqual([ways.token]);
  expect(oauth.issuedTokens).toHaveLength(1);
  await rejection(scene.createClient({ ca, env: { ...env, NO_PROXY: 'issuer.invalid:8443' } }).load());
  expect(proxy.asked).toEqual([ways.token]);
});

it('the variables that grpc-js reads by itself decide nothing: not of this host, and not of another', async () => {
  await using scene = await openProxiedClients({ tls: false });
  const { proxy, options, temporal } = scene;
  vi.stubEnv('https_proxy', proxy.url);
  vi.stubEnv('grpc_proxy', proxy.url);
  try {
    const direct = {
      ...options,
      applicationName: 'a',
      host: 'localhost',
      port: temporal.port,
      authEnabled: false,
    };
    await rejection(scene.createClient(direct).load());
    await rejection(scene.createClient({ authEnabled: false }).load());
  } finally {
    vi.unstubAllEnvs();
  }
  expect(temporal.calls.length).toBeGreaterThan(0);
  expect(proxy.asked).toEqual([]);
});

describe('the credentials in the URL of a proxy', () => {
  const [user, password] = ['proxy-user', 'p@ss:word/1'];
  const urlOf = ({ proxy }: ProxiedClients, secret = password): string =>
    proxy.url.replace('//', `//${user}:${encodeURIComponent(secret)}@`);
  /** In every form in which one could read them. */
  const planted = (secret: string): string[] => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(`${user}:${secret}`).toString('base64'),
  ];
  const shown = (value: unknown): string =>
    inspect(value, { depth: 30, showHidden: true, maxStringLength: null });

  it('are told to the proxy on all three ways, and shown by nothing', async () => {
    await using scene = await openProxiedClients({ login: `${user}:${password}` });
    const client = scene.createClient({ ca: scene.ca, proxy: urlOf(scene) });
    await goAllWays(client, scene);
    expect(scene.proxy.tunnels).toBe(3);
    const connection = client.client.connection as unknown as { options: ConnectionOptions };
    const everything = [
      ...[shown(client), shown(connection), shown(client.health()), JSON.stringify(client)],
      ...[JSON.stringify(connection.options.channelArgs), shown(scene.log.entries)],
    ].join('\n');
    for (const secret of planted(password)) expect(everything).not.toContain(secret);
    expect(JSON.stringify(scene.log.entries)).toContain(`127.0.0.1:${scene.proxy.port}`);
  });

  it('are in no error of a proxy that rejects them', async () => {
    await using scene = await openProxiedClients({ login: `${user}:${password}` });
    const { ca, log, ways } = scene;
    const proxy = urlOf(scene, 'wrong-secret');
    const errors = [
      await rejection(scene.createClient({ ca, proxy }).load()),
      await rejection(scene.createClient({ ca, proxy, authEnabled: false }).load()),
      await rejection(openNative({ proxy }, { address: ways.temporal })),
      await rejection(
        Promise.resolve().then(() => scene.createClient({ proxy: proxy.replace('http', 'https') })),
      ),
    ];
    expect(errors.slice(0, 2)).toMatchObject([
      { kind: 'connectivity', message: expect.stringContaining('PROXY_407') as string },
      {
        kind: 'connectivity',
        message: expect.stringContaining('the proxy cannot be reached, or opens no tunnel') as string,
      },
    ]);
    for (const secret of planted('wrong-secret')) expect(shown([errors, log.entries])).not.toContain(secret);
  });
});

describe('Temporal behind a proxy', () => {
  it('is said to speak TLS when it does, found out through the proxy', async () => {
    await using scene = await openProxiedClients();
    const { proxy, ways } = scene;
    const error = await rejection(scene.createClient({ proxy: proxy.url, ca: scene.ca, tls: false }).load());
    expect(error).toMatchObject({
      code: 'TEMPORAL_AUTH_TLS_FAILED',
      message: expect.stringContaining(
        `Temporal at ${ways.temporal} through the proxy 127.0.0.1:${proxy.port} for namespace "default": it speaks TLS`,
      ) as string,
    });
    expect(proxy.asked.filter((asked) => asked === ways.temporal).length).toBeGreaterThan(1);
  });

  it('is not reached when the proxy is away, which is named', async () => {
    await using scene = await openProxiedClients();
    const { url, port } = scene.proxy;
    await scene.proxy.stop();
    const error = await rejection(
      scene.createClient({ proxy: url, ca: scene.ca, authEnabled: false }).load(),
    );
    expect(error).toMatchObject({
      ...{ code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE', retryable: true },
      message: expect.stringContaining(
        `${scene.ways.temporal} through the proxy 127.0.0.1:${port}`,
      ) as string,
    });
    const toIssuer = await rejection(scene.createClient({ proxy: url, ca: scene.ca }).load());
    expect(String(toIssuer)).toContain('PROXY_ECONNREFUSED');
  });
});

describe('what Temporal’s SDK cannot do', () => {
  it('is said at once of an IPv6 address, and not without a proxy', async () => {
    await using scene = await openProxiedClients();
    const host = 'fd00::1';
    expect(() => scene.createClient({ host, proxy: 'http://proxy.example' })).toThrow(
      "Temporal's client connection reaches no IPv6 address through a proxy (proxy.example:80). Or name [fd00::1] in NO_PROXY.",
    );
    expect(() => scene.createClient({ host })).not.toThrow();
  });

  it('is said at once of dnsLoadBalancingConfig, and not without a proxy', async () => {
    await using scene = await openProxiedClients();
    const nativeConnection = { dnsLoadBalancingConfig: { resolutionInterval: '1 minute' } } as const;
    expect(() => scene.createClient({ nativeConnection, proxy: 'http://proxy.example' })).toThrow(
      /balances nothing by DNS behind a proxy \(proxy\.example:80\)/,
    );
    expect(() => scene.createClient({ nativeConnection })).not.toThrow();
  });
});
