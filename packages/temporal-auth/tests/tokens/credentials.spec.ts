import { describe, expect, it } from 'vitest';
import type { NamedAuthOptions } from '../../src/settings/auth-options.ts';
import { credentialSource } from '../../src/tokens/application-tokens.ts';

const assertion = () => Promise.resolve('a JWT');

function source(options: Partial<NamedAuthOptions>, env = {}, onWaiting = () => undefined) {
  return credentialSource({ applicationName: 'orders', ...options }, env, onWaiting);
}

describe('credentialSource', () => {
  it('is the source of the user where there is one', () => {
    const credentials = { get: () => Promise.reject(new Error('unused')), invalidate: () => undefined };
    expect(source({ credentials })).toBe(credentials);
  });

  it.each([{ clientId: 'a' }, { clientSecret: 'b' }, { discovery: {} }])(
    'refuses %j beside the source of the user',
    (other) => {
      const credentials = { get: () => Promise.reject(new Error('unused')), invalidate: () => undefined };
      const [name] = Object.keys(other);
      expect(() => source({ credentials, ...other })).toThrow(
        new TypeError(`Give credentials or ${name}, not both`),
      );
    },
  );

  it.each<[NonNullable<NamedAuthOptions['token']>, string]>([
    [{ clientAssertion: assertion }, 'token.clientAssertion'],
    [{ clientAuth: 'tls_client_auth' }, 'token.clientAuth tls_client_auth'],
  ])('needs no secret where the client proves itself by something else', async (token, name) => {
    const credentials = source({ clientId: 'a', token });
    expect(await credentials.get()).toEqual({ clientId: 'a', source: 'option clientId' });
    expect(() => {
      credentials.invalidate();
    }).not.toThrow();
    expect(() => source({ clientId: '', token })).toThrow(new TypeError('clientId must not be empty'));
    expect(() => source({ clientId: 'a', clientSecret: 'b', token })).toThrow(
      new TypeError(`Give ${name} or clientSecret, not both`),
    );
  });

  it('needs a secret where the client proves itself by nothing else', () => {
    for (const token of [undefined, { clientAuth: 'client_secret_post' as const }]) {
      expect(() => source({ clientId: 'a', ...(token && { token }) })).toThrow(/clientSecret/);
    }
  });

  it('is the options, else what is discovered', async () => {
    expect(await source({ clientId: 'a', clientSecret: 'b' }).get()).toMatchObject({
      ...{ clientId: 'a', clientSecret: 'b' },
    });
    const env = { ATLAN_orders_client_id: 'c', ATLAN_orders_client_secret: 'd' };
    expect(await source({}, env).get()).toMatchObject({ clientId: 'c', clientSecret: 'd' });
    const token = { clientAssertion: assertion };
    await expect(source({ token }, { ATLAN_orders_client_id: 'e' }).get()).rejects.toThrow(/incomplete/);
  });
});
