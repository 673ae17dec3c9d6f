import { describe, expect, it } from 'vitest';
import {
  ownOptions,
  type Presentation,
  presentation,
  targetOf,
  tlsOf,
} from '../../src/connection/presentation.ts';
import { readSettings } from '../../src/settings/settings.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { ForeignTokens } from '../../src/tokens/temporal-tokens.ts';
import { FakeTokens } from '../support/fake-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';

const tokens = new ForeignTokens(new FakeTokens());

/** A profile that is in variables alone. */
const profiled = {
  profile: true,
  env: {
    TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml',
    TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer of-the-profile',
    TEMPORAL_GRPC_META_X_TENANT: 'a',
  },
} as const;
const keyed = { ...profiled, env: { ...profiled.env, TEMPORAL_API_KEY: 'a-key' } } as const;

/** With nothing of the real environment. */
function present(options: TemporalAuthOptions, given?: Presentation['tokens']): Presentation {
  return presentation(readSettings({ env: {}, ...options }), given);
}

describe('TLS of connections', () => {
  const tokensWith = (tlsEnabled: boolean) =>
    Object.defineProperty(new ForeignTokens(new FakeTokens()), 'tlsEnabled', { value: tlsEnabled });

  it('is what the options say, else the secret, else off', () => {
    const tls = (options: TemporalAuthOptions, given?: Presentation['tokens']) => {
      const presented = present(options, given);
      expect(ownOptions(presented).tls).toBe(tlsOf(presented));
      return tlsOf(presented);
    };
    expect(tls({ tls: false }, tokensWith(true))).toBe(false);
    expect(tls({ tls: true }, tokensWith(false))).toBe(true);
    expect(tls({}, tokensWith(true))).toBe(true);
    expect(tls({}, tokens)).toBe(false);
    expect(tls({})).toBe(false);
  });

  it('has certificates that rotate, and is on', async () => {
    await using kept = await keepCertificates();
    await kept.folder.issue();
    const presented = present({ tls: kept.folder.files, clock: kept.clock });
    const { certificates } = presented;
    expect([tlsOf(presented), certificates?.known]).toEqual([true, undefined]);
    // The certificate itself is added when a connection is opened.
    expect(ownOptions(presented)).not.toHaveProperty('tls');
    const { notAfter } = (await certificates?.refreshNow())?.value ?? {};
    expect(certificates?.known?.notAfter).toBe(notAfter);
    await certificates?.stop();
  });
});

describe('the metadata of connections', () => {
  it('has the authorization of a profile where nothing else gives a token', () => {
    const metadata = (options: TemporalAuthOptions, given?: Presentation['tokens']) =>
      ownOptions(present(options, given)).metadata;
    expect(metadata(profiled)).toEqual({ authorization: 'Bearer of-the-profile', 'x-tenant': 'a' });
    expect(metadata(keyed)).toEqual({ 'x-tenant': 'a' });
    expect(metadata(profiled, tokens)).toEqual({ 'x-tenant': 'a' });
  });
});

describe('the API key of a profile', () => {
  it('is the token while there is no other', async () => {
    expect(await present(keyed).tokens?.getToken()).toBe('a-key');
    expect(present(profiled).tokens).toBeUndefined();
  });

  it('is left alone while there is one', () => {
    expect(present(keyed, tokens)).toMatchObject({ tokens });
  });
});

describe('the Temporal of messages', () => {
  it('is the place, and whether a token is sent', () => {
    const options = { host: 'temporal', namespace: 'ours' };
    const place = { address: 'temporal:7233', namespace: 'ours' };
    expect(targetOf(present(options, tokens))).toStrictEqual({ ...place, authEnabled: true });
    expect(targetOf(present(options))).toStrictEqual({ ...place, authEnabled: false });
  });

  it('is the proxy, without its password', () => {
    const options = { host: 'temporal', proxy: 'http://me:quiet-words@proxy.example:3128' };
    expect(targetOf(present(options, tokens))).toMatchObject({ proxy: 'proxy.example:3128' });
  });

  it('is that the token is an API key, and that there is a certificate', () => {
    const options = { ...keyed, tls: { certFile: 'a', keyFile: 'b' } };
    expect(targetOf(present(options))).toMatchObject({
      ...{ authEnabled: true, isApiKey: true, hasCertificate: true },
    });
  });
});
