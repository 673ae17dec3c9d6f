import { defaultBackoffPolicy, defaultRefreshPolicy } from '@worker-auth/refresh-scheduler';
import { describe, expect, it } from 'vitest';
import { fileAssertion } from '../src/credentials/file-assertion.ts';
import { fileTokenSource } from '../src/tokens/file-token-source.ts';
import type { TokenManagerOptions } from '../src/options.ts';
import { resolveOptions } from '../src/settings.ts';
import { TokenManager } from '../src/tokens/token-manager.ts';
import { privateKeyJwt, type PrivateKeyJwtOptions } from '../src/private-key-jwt.ts';

const base = { credentials: { clientId: 'a', clientSecret: 'b' }, tokenUrl: 'https://issuer.example/token' };

describe('the options', () => {
  it.each<{ readonly options: Partial<TokenManagerOptions>; readonly says: string | RegExp }>([
    {
      options: { tokenUrl: undefined },
      says: 'Give tokenUrl or issuer, or credentials that name a tokenUrl',
    },
    { options: { issuer: 'https://issuer.example' }, says: 'Give tokenUrl or issuer, not both' },
    { options: { tokenUrl: 'issuer.example/token' }, says: 'tokenUrl must be an absolute URL' },
    { options: { tokenUrl: 'http://issuer.example/token' }, says: 'tokenUrl must be https' },
    { options: { tokenUrl: undefined, issuer: 'issuer.example' }, says: /^issuer must be an absolute URL/ },
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
    {
      options: { clientAuth: 'private_key_jwt' as 'client_secret_post' },
      says: 'clientAuth must be one of client_secret_basic, client_secret_post, client_secret_jwt, tls_client_auth',
    },
    {
      options: { clientAuth: 'client_secret_basic', basicEncoding: 'none' as 'raw' },
      says: 'basicEncoding must be one of form, raw',
    },
    {
      options: { clientAssertion: 'jwt' as unknown as () => string },
      says: 'clientAssertion must be a function',
    },
    { options: { fetch: 'f' as unknown as typeof fetch }, says: 'fetch must be a function' },
  ])('are rejected when they contradict: $says', ({ options, says }) => {
    expect(() => new TokenManager({ ...base, ...options })).toThrow(TypeError);
    expect(() => new TokenManager({ ...base, ...options })).toThrow(says);
  });

  it.each(['timeoutMs', 'defaultLifetimeMs', 'attemptTimeoutMs', 'credentialRereadMs'] as const)(
    'have a range: %s',
    (name) => {
      for (const bad of [0, -1, Number.NaN, 2 ** 31]) {
        expect(() => new TokenManager({ ...base, [name]: bad })).toThrow(RangeError);
        expect(() => new TokenManager({ ...base, [name]: bad })).toThrow(`${name} must be a finite number`);
      }
      expect(() => new TokenManager({ ...base, [name]: 2 ** 31 - 1 })).not.toThrow();
    },
  );

  it('never let undefined overwrite a default', () => {
    const names = ['timeoutMs', 'policy', 'backoff', 'clock', 'credentialRereadMs', 'attemptTimeoutMs'];
    const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
    const { endpoint, credentialRereadMs, attemptTimeoutMs, policy, backoff, random } = resolveOptions({
      ...base,
      ...nothing,
    });
    expect([endpoint.stepsMs[0], credentialRereadMs, attemptTimeoutMs]).toEqual([10_000, 5_000, 120_000]);
    expect([policy, backoff, random]).toEqual([defaultRefreshPolicy, defaultBackoffPolicy, Math.random]);
  });

  it('say which form the token request has, without what is empty', () => {
    const formOf = (options: Partial<TokenManagerOptions>): unknown =>
      resolveOptions({ ...base, ...options }).endpoint.form;
    expect(formOf({})).toEqual([]);
    expect(formOf({ scope: ' a b ', audience: '', resource: ['', 'r'] })).toEqual([
      ['scope', 'a b'],
      ['resource', 'r'],
    ]);
    expect(formOf({ scope: ['a', 'b'], audience: 'x' })).toEqual([
      ['scope', 'a b'],
      ['audience', 'x'],
    ]);
    expect(formOf({ resource: 'r', extraParams: { organization: '' } })).toEqual([
      ['resource', 'r'],
      ['organization', ''],
    ]);
  });
});

describe('given credentials', () => {
  const get = (): Promise<never> => Promise.reject(new Error('never asked'));

  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, 'the wrong form'],
    ['no id', { clientSecret: 'b' }, 'no clientId'],
    ['no secret', { clientId: 'a' }, 'no clientSecret'],
    ['a number for a secret', { clientId: 'a', clientSecret: 7 }, 'no clientSecret'],
    ['both a source and an id', { get, invalidate: get, clientId: 'a' }, 'get or clientId, not both'],
    ['a get that is no function', { get: 'b', invalidate: get }, 'credentials.get must be a function'],
    ['a source without invalidate', { get }, 'credentials.invalidate must be a function'],
  ])('are rejected when the manager is made: %s', (_name, credentials, says) => {
    const make = (): TokenManager =>
      new TokenManager({ ...base, credentials: credentials as TokenManagerOptions['credentials'] });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(says);
  });

  it.each([
    ['http://issuer.example/token', 'credentials.tokenUrl must be https'],
    ['issuer.example', 'credentials.tokenUrl must be an absolute URL'],
  ])('are rejected when no option names a token endpoint and they name %s', (tokenUrl, says) => {
    expect(() => new TokenManager({ credentials: { ...base.credentials, tokenUrl } })).toThrow(says);
  });

  it('that name an empty token endpoint name none', () => {
    const credentials = { ...base.credentials, tokenUrl: '' };
    expect(() => new TokenManager({ credentials })).toThrow('Give tokenUrl or issuer, or credentials');
  });

  it('may name whatever token endpoint where an option names it', () => {
    const credentials = { ...base.credentials, tokenUrl: 'nowhere' };
    const issuer = 'https://issuer.example';
    expect(() => new TokenManager({ ...base, credentials })).not.toThrow();
    expect(() => new TokenManager({ issuer, credentials })).not.toThrow();
  });

  it('may name the token endpoint', () => {
    const credentials = { ...base.credentials, tokenUrl: base.tokenUrl };
    expect(() => new TokenManager({ credentials })).not.toThrow();
  });
});

it.each<readonly [string, object]>([
  ['scope must be a text; received number', { scope: 5 }],
  ['each scope must be a text; received number', { scope: ['a', 5] }],
  ['audience must be a text; received object', { audience: ['a'] }],
  ['each resource must be a text; received object', { resource: [new URL('https://a.example')] }],
  ['extraParams must be an object of texts', { extraParams: new Map([['a', 'b']]) }],
  ['extraParams must be an object of texts', { extraParams: 'a=b' }],
  ['extraParams.a must be a text; received number', { extraParams: { a: 5 } }],
  [
    'allowInsecureHttp must be true or false; received the text "false"',
    { tokenUrl: 'http://a.example', allowInsecureHttp: 'false' },
  ],
])('an option of another type is rejected: %s', (message, options) => {
  expect(() => resolveOptions({ ...base, ...options })).toThrow(new TypeError(message));
});

describe('a misspelt option', () => {
  it.each<readonly [string, () => unknown]>([
    [
      'TokenManager has no option tokenURL: did you mean tokenUrl?',
      () =>
        new TokenManager({
          credentials: {},
          tokenURL: 'https://a.example',
        } as unknown as TokenManagerOptions),
    ],
    [
      'policy has no option maxDelay: did you mean maxDelayMs?',
      () =>
        new TokenManager({
          ...{ credentials: { clientId: 'a', clientSecret: 'b' }, tokenUrl: 'https://a.example' },
          policy: { maxDelay: 1 } as object,
        }),
    ],
    [
      'fileTokenSource has no option defaultLifetime: did you mean defaultLifetimeMs?',
      () => fileTokenSource('/token', { defaultLifetime: 1 } as object),
    ],
    [
      'fileAssertion has no option typ: did you mean type?',
      () => fileAssertion('/token', { typ: 'jwt-spiffe' } as object),
    ],
    [
      'privateKeyJwt has no option keyID: did you mean keyId?',
      () => privateKeyJwt({ key: '', keyID: 'k1' } as unknown as PrivateKeyJwtOptions),
    ],
  ])('is rejected: %s', (message, make) => {
    expect(make).toThrow(new TypeError(message));
  });

  it('of a call rejects, as one of another type does', async () => {
    const tokens = new TokenManager(base);
    await expect(tokens.getToken({ rejectedTokens: 'a' } as object)).rejects.toThrow(
      new TypeError('getToken has no option rejectedTokens: did you mean rejectedToken?'),
    );
    await expect(tokens.getToken({ forceRefresh: 'yes' } as object)).rejects.toThrow(
      new TypeError('forceRefresh must be true or false; received the text "yes"'),
    );
  });
});
