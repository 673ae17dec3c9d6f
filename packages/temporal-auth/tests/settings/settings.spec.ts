import { FakeClock } from '@worker-auth/testing-fakes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveClientSettings, targetOf } from '../../src/facade/client-settings.ts';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { FakeTokens } from '../support/fake-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const proxy = 'http://proxy.example:3128';

/** A profile that is in variables alone. */
const profiled = {
  profile: true,
  env: {
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml',
    TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer of-the-profile',
    TEMPORAL_GRPC_META_X_TENANT: 'of-the-profile',
  },
} as const;
const keyed = { ...profiled, env: { ...profiled.env, TEMPORAL_API_KEY: 'a-key' } } as const;

/** The settings of these options, with nothing of the real environment. */
function resolve(options: TemporalWorkflowClientOptions = {}): ReturnType<typeof resolveClientSettings> {
  return resolveClientSettings({ env: {}, ...options });
}

describe('the settings of a client', () => {
  it('have defaults', () => {
    const settings = resolve();
    expect(settings).toMatchObject({
      configuration: { address: 'localhost:7233', namespace: 'default' },
      ...{ metadata: {}, tls: undefined, certificates: undefined, client: {}, profileKey: undefined },
      ...{ autoStart: true, bootTimeoutMs: 120_000, connectTimeoutMs: 10_000, random: Math.random },
    });
    expect(Math.abs(settings.clock.wallNow() - Date.now())).toBeLessThan(60_000);
  });

  it('are those that are given', () => {
    const [clock, random] = [new FakeClock(), () => 0];
    const client = { identity: 'me' };
    const settings = resolve({
      ...{ bootTimeoutMs: 0, autoStartTokenRefresh: false, connectTimeoutMs: 5, client, tls: false },
      token: { clock, random },
    });
    expect(settings).toMatchObject({
      ...{ bootTimeoutMs: 0, autoStart: false, connectTimeoutMs: 5, tls: false, clock, random },
      client,
    });
    client.identity = 'another';
    expect(settings.client).toEqual({ identity: 'me' });
  });

  it('come from the environment of the process, unless another is given', () => {
    vi.stubEnv('ATLAN_WORKFLOW_HOST', 'temporal.example');
    expect(resolveClientSettings({}).configuration.address).toBe('temporal.example:7233');
    const env = { ATLAN_WORKFLOW_HOST: 'another.example' };
    expect(resolve({ env }).configuration.address).toBe('another.example:7233');
  });

  it.each([-1, 2 ** 31, Number.NaN])('are no bootTimeoutMs of %d', (bootTimeoutMs) => {
    expect(() => resolve({ bootTimeoutMs })).toThrow(/^bootTimeoutMs must/);
  });

  it('have a logger that disturbs nobody', () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const logger = { log: fail, trace: fail, debug: fail, info: fail, warn: fail, error: fail };
    expect(() => {
      resolve({ logger }).logger.info('Connected');
    }).not.toThrow();
  });
});

describe('the way to Temporal', () => {
  it('is looked at at once: neither connection reaches an IPv6 address through a proxy', () => {
    expect(() => resolve({ host: '2001:db8::1', proxy })).toThrow(ConfigurationError);
    expect(resolve({ host: '2001:db8::1' }).configuration.address).toBe('[2001:db8::1]:7233');
  });

  it('is looked at with the options of either connection', () => {
    const nativeConnection = { dnsLoadBalancingConfig: { resolutionInterval: 1_000 } };
    expect(() => resolve({ host: 'temporal', proxy, nativeConnection })).toThrow('dnsLoadBalancingConfig');
    expect(() => resolve({ host: 'temporal', nativeConnection })).not.toThrow();
  });

  it('needs authorities that can be read where it is encrypted, unless TLS has some of its own', () => {
    const ca = 'no certificate';
    for (const tls of [true, { certFile: 'a', keyFile: 'b' }]) {
      expect(() => resolve({ tls, ca })).toThrow(ConfigurationError);
    }
    for (const tls of [undefined, false, { certFile: 'a', keyFile: 'b', caFile: 'c' }]) {
      expect(() => resolve({ tls, ca })).not.toThrow();
    }
  });

  it('has certificates that rotate in place of TLS that stays', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const { certificates, tls } = resolve({ tls: kept.folder.files, token: { clock: kept.clock } });
    expect([tls, certificates?.notAfter]).toEqual([undefined, undefined]);
    const { notAfter } = (await certificates?.load()) ?? {};
    expect(certificates?.notAfter).toBe(notAfter);
    await certificates?.stop();
  });
});

describe('the metadata of a client', () => {
  it('is that of the profile, and of the options before it', () => {
    expect(resolve({ ...profiled, authEnabled: true }).metadata).toEqual({ 'x-tenant': 'of-the-profile' });
    const metadata = { 'X-Tenant': 'of-the-options', 'x-more': 'a' };
    expect(resolve({ ...profiled, authEnabled: true, metadata }).metadata).toEqual({
      ...{ 'x-tenant': 'of-the-options', 'x-more': 'a' },
    });
    expect(resolve({ metadata }).metadata).toEqual({ 'x-tenant': 'of-the-options', 'x-more': 'a' });
  });

  it('has the authorization of the profile where nothing else gives a token', () => {
    expect(resolve(profiled).metadata).toEqual({
      ...{ authorization: 'Bearer of-the-profile', 'x-tenant': 'of-the-profile' },
    });
    expect(resolve(keyed).metadata).toEqual({ 'x-tenant': 'of-the-profile' });
  });

  it('has no other authorization', () => {
    const metadata = { authorization: 'Bearer mine' };
    expect(() => resolve({ metadata })).toThrow(TypeError);
  });
});

describe('the API key of a profile', () => {
  it('is the token while authentication is off', async () => {
    expect(await resolve(keyed).profileKey?.getToken()).toBe('a-key');
    expect(resolve(profiled).profileKey).toBeUndefined();
  });

  it('is left alone while authentication is on', () => {
    expect(resolve({ ...keyed, authEnabled: true }).profileKey).toBeUndefined();
  });
});

describe('what messages say of Temporal', () => {
  const tokens = Object.assign(new FakeTokens(), {
    ...{ living: [], tlsEnabled: undefined, start: () => undefined },
  });

  it('is the place, and whether a token is sent', () => {
    const settings = resolve({ host: 'temporal', namespace: 'ours' });
    const place = { address: 'temporal:7233', namespace: 'ours' };
    expect(targetOf(settings, tokens)).toStrictEqual({ ...place, authEnabled: true });
    expect(targetOf(settings, undefined)).toStrictEqual({ ...place, authEnabled: false });
  });

  it('is the proxy, without its password', () => {
    const settings = resolve({ host: 'temporal', proxy: 'http://me:quiet-words@proxy.example:3128' });
    expect(targetOf(settings, tokens)).toMatchObject({ proxy: 'proxy.example:3128' });
  });

  it('is that the token is an API key, and that there is a certificate', () => {
    const settings = resolve({ ...keyed, tls: { certFile: 'a', keyFile: 'b' } });
    expect(targetOf(settings, tokens)).toMatchObject({ isApiKey: true, hasCertificate: true });
  });
});
