import { describe, expect, it } from 'vitest';
import { TokenManager, type TokenManagerOptions } from '../src/index.ts';

const base = { credentials: { clientId: 'a', clientSecret: 'b' }, tokenUrl: 'https://issuer.example/token' };

describe('the options', () => {
  it.each<{ readonly options: Partial<TokenManagerOptions>; readonly says: string | RegExp }>([
    { options: { tokenUrl: undefined }, says: 'exactly one of tokenUrl and issuer' },
    { options: { issuer: 'https://issuer.example' }, says: 'exactly one of tokenUrl and issuer' },
    { options: { tokenUrl: 'issuer.example/token' }, says: 'tokenUrl must be an absolute URL' },
    { options: { tokenUrl: 'http://issuer.example/token' }, says: 'tokenUrl must be https' },
    {
      options: { tokenUrl: 'ftp://127.0.0.1/token', allowInsecureHttp: true },
      says: 'tokenUrl must be https',
    },
    { options: { tokenUrl: 'https://u:p@issuer.example/' }, says: 'neither user information nor a fragment' },
    { options: { tokenUrl: 'https://issuer.example/#x' }, says: 'neither user information nor a fragment' },
    {
      options: { clientAuth: 'client_secret_basic', clientAssertion: () => '' },
      says: 'clientAuth or clientAssertion, not both',
    },
    { options: { basicEncoding: 'raw' }, says: 'basicEncoding needs clientAuth client_secret_basic' },
    { options: { extraParams: { scope: 'x' } }, says: 'extraParams must not have scope' },
  ])('are refused when they contradict: $says', ({ options, says }) => {
    expect(() => new TokenManager({ ...base, ...options })).toThrow(TypeError);
    expect(() => new TokenManager({ ...base, ...options })).toThrow(says);
  });

  it.each(['timeoutMs', 'defaultLifetimeMs', 'attemptTimeoutMs'] as const)('have a range: %s', (name) => {
    for (const bad of [0, -1, Number.NaN, 2 ** 31]) {
      expect(() => new TokenManager({ ...base, [name]: bad })).toThrow(RangeError);
    }
    expect(() => new TokenManager({ ...base, [name]: 2 ** 31 - 1 })).not.toThrow();
  });

  it('have ranges for the policies too, when the manager is made', () => {
    expect(() => new TokenManager({ ...base, policy: { ratio: 2 } })).toThrow(RangeError);
    expect(() => new TokenManager({ ...base, backoff: { factor: 0 } })).toThrow(RangeError);
  });

  it.each(['http://localhost:1/', 'http://127.8.9.1/', 'http://[::1]:9/'])(
    'allow http to this host: %s',
    (url) => {
      expect(() => new TokenManager({ ...base, tokenUrl: url })).not.toThrow();
    },
  );

  it('allow http to another host when told so', () => {
    const tokenUrl = 'http://issuer.example/token';
    expect(() => new TokenManager({ ...base, tokenUrl, allowInsecureHttp: true })).not.toThrow();
  });

  it('never let undefined overwrite a default', () => {
    const nothing = { timeoutMs: undefined, clientAuth: undefined, policy: undefined, clock: undefined };
    expect(() => new TokenManager({ ...base, ...nothing })).not.toThrow();
  });
});
