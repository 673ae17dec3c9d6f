import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '@worker-auth/calls/errors/temporal-auth-error';
import { temporalAuth, type TemporalAuthPlugin } from '../../src/plugin.ts';
import type { TlsOptions } from '@worker-auth/calls/settings/auth-options';
import { type PluginSettings, readPluginSettings } from '../../src/settings/plugin-settings.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The settings of these options, with nothing of the real environment. */
function read(options: TemporalAuthOptions = {}): PluginSettings {
  return readPluginSettings({ env: {}, ...options });
}

describe('the settings for Temporal', () => {
  it('have defaults', () => {
    const settings = read();
    expect(settings).toMatchObject({
      place: { address: 'localhost:7233', namespace: 'default' },
      ...{
        metadata: {},
        authorization: {},
        tls: undefined,
        profile: undefined,
        acknowledgeResults: true,
        pendingResultsShare: 0.5,
      },
      ...{ connection: {}, nativeConnection: {} },
      ...{ bootTimeoutMs: 120_000, newTokenTimeoutMs: 15_000, connectTimeoutMs: 30_000, random: Math.random },
    });
    expect(Math.abs(settings.clock.wallNow() - Date.now())).toBeLessThan(60_000);
  });

  it('come from the environment of the process, unless another is given', () => {
    vi.stubEnv('ATLAN_WORKFLOW_HOST', 'temporal.example');
    expect(readPluginSettings({}).place.address).toBe('temporal.example:7233');
    const env = { ATLAN_WORKFLOW_HOST: 'another.example' };
    expect(read({ env }).place.address).toBe('another.example:7233');
  });

  it.each([
    ['bootTimeoutMs', 0],
    ['newTokenTimeoutMs', 0],
    ['shutdownTimeoutMs', 0],
    ['connectTimeoutMs', 1],
  ] as const)('have a range for %s', (name, min) => {
    for (const ms of [min - 1, 2 ** 31, Number.NaN])
      expect(() => read({ [name]: ms })).toThrow(new RegExp(`^${name} must`));
    for (const ms of [min, 2 ** 31 - 1]) expect(read({ [name]: ms })[name]).toBe(ms);
  });

  it('have a range for pendingResultsShare', () => {
    for (const share of [-0.1, 1.1, Number.NaN])
      expect(() => read({ pendingResultsShare: share })).toThrow(/^pendingResultsShare must/);
    for (const share of [0, 1]) expect(read({ pendingResultsShare: share }).pendingResultsShare).toBe(share);
  });

  it('have a logger that disturbs nobody', () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const logger = { log: fail, trace: fail, debug: fail, info: fail, warn: fail, error: fail };
    expect(() => {
      read({ logger }).logger.info('Connected');
    }).not.toThrow();
  });
});

describe('the metadata of the settings', () => {
  /** A profile that is in variables alone. */
  const profiled = {
    profile: true,
    env: {
      TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer of-the-profile',
      TEMPORAL_GRPC_META_X_TENANT: 'of-the-profile',
    },
  } as const;

  it('is that of the profile, and of the options before it', () => {
    expect(read(profiled).metadata).toEqual({ 'x-tenant': 'of-the-profile' });
    const metadata = { 'X-Tenant': 'of-the-options', 'x-more': 'a' };
    const checked = { 'x-tenant': 'of-the-options', 'x-more': 'a' };
    expect(read({ ...profiled, metadata }).metadata).toEqual(checked);
    expect(read({ metadata }).metadata).toEqual(checked);
  });
});

describe('the way to Temporal', () => {
  function open(options: TemporalAuthOptions): TemporalAuthPlugin {
    return temporalAuth({ env: {}, ...options });
  }

  it('needs authorities that can be read where it is encrypted, unless TLS has some of its own', () => {
    const ca = 'no certificate';
    for (const tls of [true, { certFile: 'a', keyFile: 'b' }]) {
      expect(() => open({ tls, ca })).toThrow(ConfigurationError);
    }
    for (const tls of [undefined, false, { certFile: 'a', keyFile: 'b', caFile: 'c' }]) {
      expect(() => open({ tls, ca })).not.toThrow();
    }
  });
});

describe('the settings of connections', () => {
  it.each([
    ['address', 'give host and port'],
    ['connectTimeout', 'give connectTimeoutMs'],
    ['apiKey', 'the token is set by the client itself'],
    ['metadata', 'give metadata'],
    ['tls', 'give tls'],
  ])('reject "%s" for either connection, and say what to give instead', (key, instead) => {
    for (const name of ['connection', 'nativeConnection']) {
      const check = () => read({ [name]: { [key]: {} } });
      expect(check).toThrow(TypeError);
      expect(check).toThrow(`${name} must not hold "${key}": ${instead}`);
    }
  });
});

describe('the option tls', () => {
  const files = { certFile: 'cert.pem', keyFile: 'key.pem' };

  it.each<[unknown, string]>([
    [{ certFile: 'cert.pem' }, 'keyFile must be the path of a file'],
    [{ keyFile: 'key.pem' }, 'certFile must be the path of a file'],
    [{ ...files, clientCertPair: {} }, 'Give tls.certFile or tls.clientCertPair, not both'],
    [{ ...files, serverRootCACertificate: '' }, 'Give tls.certFile or tls.serverRootCACertificate, not both'],
    ['true', 'tls must be true, false or an object; received a string'],
    [1, 'tls must be true, false or an object; received a number'],
  ])('rejects %j before a file is read', (tls, message) => {
    expect(() => temporalAuth({ tls: tls as TlsOptions, env: {} })).toThrow(new TypeError(message));
  });
});
