import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import { tlsOf } from '@worker-auth/calls/connections/temporal-tls';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { clientSecret } from '@worker-auth/calls/settings/credentials';
import { readPluginSettings } from '../../src/settings/plugin-settings.ts';
import { tokenOptions, type TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { checkOf } from '../support/diagnosis.ts';
import { openPlugin } from '../support/open-plugin.ts';
import { openProxiedClients, type ProxiedClients } from '../support/proxied-client.ts';
import { startProxy } from '@worker-auth/agent/tests/proxy-scene';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { passUntil, rejection, settled } from '../support/scene.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

beforeAll(quietRuntime);

const remote = 'temporal.example.com:7233';
const unencrypted = 'The access token goes to Temporal unencrypted';

/** What is decided for these options. @param secret what it says of TLS */
function decided(options: TemporalAuthOptions, secret: { tlsEnabled?: boolean } = {}): unknown {
  return tlsOf({ settings: readPluginSettings({ env: {}, ...options }), tokens: secret });
}

function decidedWithoutToken(options: TemporalAuthOptions): unknown {
  return tlsOf({ settings: readPluginSettings({ env: {}, ...options }), tokens: undefined });
}

const atRemote = { TEMPORAL_ADDRESS: remote };

describe('with a token and no word about TLS', () => {
  it.each([
    'temporal',
    '10.0.0.1',
    '[2001:db8::1]:1',
    'temporal.localhost',
    'localhost.example',
    '127.0.0.1.example',
  ])('TLS is on to %s', (address) => {
    expect(decided({ env: { TEMPORAL_ADDRESS: address } })).toBe(true);
    expect(decidedWithoutToken({ env: { TEMPORAL_ADDRESS: address } })).toBe(false);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:1', '127.9.9.9', '[::1]:7233', '[::ffff:127.0.0.1]:1'])(
    'TLS is off to this host itself: %s',
    (address) => {
      expect(decided({ env: { TEMPORAL_ADDRESS: address } })).toBe(false);
    },
  );

  it('it is on to the host of an option, and off where nothing names one', () => {
    expect(decided({ host: 'temporal' })).toBe(true);
    expect(decided({})).toBe(false);
  });

  it.each([{ ATLAN_TEMPORAL_HOST: remote }, { ATLAN_WORKFLOW_HOST: 'temporal.example.com' }])(
    'it stays off to the address of an older family: %j',
    (env) => {
      expect(decided({ env })).toBe(false);
      expect(decided({ env }, { tlsEnabled: true })).toBe(true);
      expect(decided({ env: { ...env, ATLAN_TEMPORAL_TLS_ENABLED: 'true' } })).toBe(true);
      expect(decided({ env: { ...env, ATLAN_WORKFLOW_TLS_ENABLED: 'true' } })).toBe(true);
      expect(decided({ env, host: 'temporal' })).toBe(true);
      expect(decided({ env: { ...env, TEMPORAL_ADDRESS: remote } })).toBe(true);
    },
  );
});

describe('somebody who says no to TLS', () => {
  it.each<[string, TemporalAuthOptions, { tlsEnabled?: boolean }]>([
    ['the option', { env: atRemote, tls: false }, {}],
    ['TEMPORAL_TLS', { env: { ...atRemote, TEMPORAL_TLS: 'false' } }, {}],
    ['ATLAN_TEMPORAL_TLS_ENABLED', { env: { ...atRemote, ATLAN_TEMPORAL_TLS_ENABLED: 'false' } }, {}],
    ['the secret', { env: atRemote }, { tlsEnabled: false }],
  ])('is obeyed: %s', (_who, options, tokens) => {
    expect(decided(options, tokens)).toBe(false);
  });
});

describe('TEMPORAL_TLS', () => {
  it.each(['TRUE', 'yes', 'on', '1'])('switches TLS on, and never off: %s', (value) => {
    for (const address of [remote, 'localhost'])
      expect(decided({ env: { TEMPORAL_ADDRESS: address, TEMPORAL_TLS: value } })).toBeTruthy();
  });

  it.each(['ture', 'tls'])('that says neither is rejected, without its value: %s', (value) => {
    const env = { ...atRemote, TEMPORAL_TLS: value };
    expect(() => decided({ env })).toThrow('TEMPORAL_TLS must be true or false');
    expect(() => decided({ env })).not.toThrow(value);
  });
});

describe("a user's connection with the plugin", () => {
  const hooks = ['configureConnection', 'configureNativeConnection'] as const;

  it('has TLS by its own address, and no warning', async () => {
    await using scene = openPlugin({ host: 'localhost' });
    for (const hook of hooks) {
      expect(scene.auth[hook]({ address: remote }).tls).toBe(true);
      expect(scene.auth[hook]({ address: '127.0.0.1:1' }).tls).toBe(false);
      expect(scene.auth[hook]({}).tls).toBe(false);
    }
    expect(scene.log.messages('WARN')).toEqual([]);
  });

  it('has none where it or the environment says no, and one warning', async () => {
    await using scene = openPlugin({ env: { TEMPORAL_TLS: 'false' } });
    for (const hook of hooks) expect(scene.auth[hook]({ address: remote }).tls).toBe(false);
    await using other = openPlugin();
    for (const hook of hooks) expect(other.auth[hook]({ address: remote, tls: false }).tls).toBe(false);
    for (const { log } of [scene, other])
      expect(log.matching(unencrypted)).toMatchObject([{ level: 'WARN', meta: { address: remote } }]);
  });

  it('stays without it to the address of an older family, also when it is opened again', async () => {
    await using scene = openPlugin({ host: undefined, env: { ATLAN_TEMPORAL_HOST: remote } });
    expect(scene.auth.configureConnection({}).tls).toBe(false);
    const { plugins = [], tls } = scene.auth.configureNativeConnection({});
    await ConnectionFactory.of({ plugins })?.open();
    expect([tls, scene.openedWith[0]?.tls]).toEqual([false, false]);
    expect(scene.log.matching(unencrypted)).toMatchObject([{ meta: { address: remote } }]);
  });
});

/** A Temporal by a name, and whoever goes there without a word about TLS. */
function goingThere({ options, oauth, ways, proxy, ca }: ProxiedClients, env: Record<string, string> = {}) {
  const { clientId: id, clientSecret: secret, tokenUrl } = oauth;
  const isTls = tokenUrl.startsWith('https');
  return {
    ...options,
    ...(!isTls && { credentials: clientSecret({ id, secret, tokenUrl }) }),
    ...{ host: undefined, tls: undefined, proxy: proxy.url, ca },
    env: { TEMPORAL_ADDRESS: ways.temporal, ...env },
  };
}

/** Each way to Temporal; resolves when a call was accepted. */
const ways: readonly [string, (scene: ProxiedClients, env?: Record<string, string>) => Promise<unknown>][] = [
  ['TemporalWorkflowClient', (scene, env) => scene.createClient(goingThere(scene, env)).load()],
  [
    'the plugin, for workers',
    async (scene, env) => {
      await using auth = temporalAuth(goingThere(scene, env));
      await auth.ready();
      const connection = await NativeConnection.connect({ plugins: [auth] });
      await connection.close();
    },
  ],
];

describe('a client connection that was made before the credentials were read', () => {
  const ask = async (scene: ProxiedClients, tlsEnabled: boolean | undefined): Promise<unknown> => {
    const { clientId, clientSecret: secret, tokenUrl } = scene.oauth;
    const found = { clientId, clientSecret: secret, tokenUrl, tlsEnabled };
    const credentials = { get: () => Promise.resolve(found), invalidate: () => undefined };
    const going = goingThere(scene, { TEMPORAL_ADDRESS: '', ATLAN_TEMPORAL_HOST: scene.ways.temporal });
    await using auth = temporalAuth({ ...going, credentials });
    const connection = Connection.lazy({ plugins: [auth] });
    const call = () => connection.workflowService.describeNamespace({ namespace: 'default' });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- `finally` waits for it
    return await connection.withDeadline(Date.now() + 20_000, call).finally(() => connection.close());
  };

  it('sends no call without TLS where they say that TLS is on', async () => {
    await using scene = await openProxiedClients({ tls: false });
    expect(String(await rejection(ask(scene, true)))).toContain('await auth.ready()');
    expect(scene.temporal.calls).toEqual([]);
  });

  it.each([false, undefined])('sends its calls where they say %s', async (tlsEnabled) => {
    await using scene = await openProxiedClients({ tls: false });
    await ask(scene, tlsEnabled);
    expect(scene.temporal.totals.passed).toBe(1);
  });
});

describe.each(ways)('%s', (_way, go) => {
  it('reaches a Temporal that speaks TLS', async () => {
    await using scene = await openProxiedClients();
    await go(scene);
    expect(scene.log.messages('WARN')).toEqual([]);
  });

  it('sends nothing to one that speaks none, unless that is said', async () => {
    await using scene = await openProxiedClients({ tls: false });
    const error = await rejection(go(scene));
    expect(String(error)).toMatch(/wrong version number|InvalidContentType/);
    expect(scene.temporal.calls).toEqual([]);
    await go(scene, { TEMPORAL_TLS: 'false' });
    expect(scene.log.matching(unencrypted)).toHaveLength(1);
  });
});

describe('the agent', () => {
  const open = (scene: ProxiedClients, env?: Record<string, string>, clock?: FakeClock) => {
    const going = goingThere(scene, env);
    const bounds = { results: 1, bytes: 1, perQueue: 1 };
    return startProxy({ ...tokenOptions(going), env: going.env, clock }, { bounds, earlyOkMs: undefined });
  };
  const ask = { namespace: 'default' };

  it('reaches a Temporal that speaks TLS', async () => {
    await using scene = await openProxiedClients();
    await using running = await open(scene);
    await running.connection.workflowService.describeNamespace(ask);
    expect(scene.temporal.totals.passed).toBe(1);
    expect(scene.log.messages('WARN')).toEqual([]);
  });

  it('sends nothing to one that speaks none, says what to set, and warns once that is said', async () => {
    await using scene = await openProxiedClients({ tls: false });
    {
      const passing = { clock: new FakeClock({ wallMs: Date.now() }), log: scene.log };
      await using running = await open(scene, {}, passing.clock);
      const { connection, proxy } = running;
      const asked = connection.withDeadline(Date.now() + 9_000, () =>
        connection.workflowService.describeNamespace(ask),
      );
      const failed = rejection(asked);
      await passUntil(passing, () => proxy.troubles.length > 0);
      expect(proxy.troubles.map(({ text }) => text).join()).toMatch(
        /^Temporal is not reached: .*speaks plaintext.*TEMPORAL_TLS=false/,
      );
      await settled(passing, failed);
      await passUntil(passing, () => scene.log.matching('TEMPORAL_TLS=false').length > 0);
      expect(scene.temporal.calls).toEqual([]);
    }
    await using running = await open(scene, { TEMPORAL_TLS: 'false' });
    await running.connection.workflowService.describeNamespace(ask);
    expect(scene.log.matching(unencrypted)).toMatchObject([{ meta: { address: scene.ways.temporal } }]);
  });
});

describe('the doctor', () => {
  const examine = async (
    scene: ProxiedClients,
    env?: Record<string, string>,
    server?: { readonly tokenUrl: string },
  ) => {
    const { clientId: id, clientSecret: secret } = scene.oauth;
    const going = goingThere(scene, env);
    const credentials = server ? clientSecret({ id, secret, ...server }) : going.credentials;
    const { proxy, ca, env: all } = going;
    const diagnosis = await diagnose({ credentials, proxy, ca, env: all, timeoutMs: 30_000 });
    return checkOf(diagnosis, 'temporal-connection');
  };

  it('looks at the TLS that a worker would have', async () => {
    await using scene = await openProxiedClients();
    expect(await examine(scene)).toMatchObject({
      result: 'success',
      description: expect.stringContaining('TLSv1.3') as string,
    });
  });

  it('says what to set where Temporal speaks none, and warns where that is set', async () => {
    await using scene = await openProxiedClients({ tls: false });
    expect(await examine(scene)).toMatchObject({
      result: 'error',
      code: 'DOCTOR_TLS_HANDSHAKE_FAILED',
      error: expect.stringContaining('TEMPORAL_TLS=false') as string,
    });
    expect(await examine(scene, { TEMPORAL_TLS: 'false' })).toMatchObject({
      result: 'warning',
      code: 'DOCTOR_TOKEN_IN_PLAINTEXT',
      description: expect.stringMatching(/TLS is off \(TEMPORAL_TLS\)$/) as string,
    });
  });

  it('looks at it where there is no token yet', async () => {
    await using scene = await openProxiedClients();
    const found = await examine(scene, {}, { tokenUrl: `http://127.0.0.1:${await unusedPort()}/` });
    expect(found.description).toContain('TLSv1.3');
  });
});
