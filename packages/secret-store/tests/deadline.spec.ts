import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { SidecarError } from '../src/dapr/errors.ts';
import { discoverCredentials } from '../src/discovery/discover-credentials.ts';
import type { DiscoverCredentialsOptions } from '../src/discovery/discovery-settings.ts';
import { CredentialsUnavailableError, SecretStoreErrorCode } from '../src/errors.ts';
import type { DaprSidecar } from '@worker-auth/internal';
import { rejection } from './support.ts';

const address = 'http://127.0.0.1:3500';
const never = <T>(): Promise<T> => new Promise(() => undefined);
const rejected = (): Promise<never> =>
  Promise.reject(
    new SidecarError(`No response from ${address} (ECONNREFUSED).`, {
      code: SecretStoreErrorCode.sidecarUnreachable,
    }),
  );

function discover(
  sidecar: Partial<DaprSidecar>,
  options: Partial<DiscoverCredentialsOptions> = {},
): { readonly clock: FakeClock; readonly source: ReturnType<typeof discoverCredentials> } {
  const clock = new FakeClock();
  const whole: DaprSidecar = {
    address,
    isReady: () => Promise.resolve(true),
    getComponents: () => Promise.resolve([{ name: 'vault', type: 'secretstores.hashicorp.vault' }]),
    getSecret: () => Promise.resolve({ orders_client_id: 'id', orders_client_secret: 'secret' }),
    getState: () => Promise.resolve(undefined),
    ...sidecar,
  };
  const dapr = { sidecar: whole };
  return {
    clock,
    source: discoverCredentials({ applicationName: 'orders', env: {}, clock, dapr, ...options }),
  };
}

describe('timeoutMs of get', () => {
  it('is how long a sidecar is waited for that is not there, and the error says all that is known', async () => {
    const { clock, source } = discover({ isReady: rejected });
    const outcome = rejection(source.get({ timeoutMs: 3_000 }));
    await clock.advance(2_999);
    expect(clock.pendingTimers).toBeGreaterThan(0);
    await clock.advance(1);
    expect(await outcome).toBeInstanceOf(CredentialsUnavailableError);
    expect(await outcome).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE', retryable: true });
    expect(String(await outcome)).toMatch(
      /No Dapr sidecar was ready at http:\/\/127\.0\.0\.1:3500 within 3000 ms: No response from .+ECONNREFUSED.+\nLooked at before:\n- environment variables: .+\nSet the environment variables ATLAN_orders_client_id/,
    );
    expect(clock.pendingTimers).toBe(0);
  });

  it('names a sidecar that is there and does not answer', async () => {
    const { clock, source } = discover({ getComponents: never });
    const outcome = rejection(source.get({ timeoutMs: 3_000 }));
    await clock.advance(3_000);
    expect(await outcome).toMatchObject({
      code: 'SECRET_STORE_SIDECAR_TIMEOUT',
      message: expect.stringContaining(`No response from ${address} within 3000 ms.`) as string,
    });
  });

  it('names a store of one’s own', async () => {
    const store = { get: never };
    const { clock, source } = discover({}, { order: [{ name: 'our vault', store }] });
    const outcome = rejection(source.get({ timeoutMs: 3_000 }));
    await clock.advance(3_000);
    expect(await outcome).toMatchObject({
      code: 'SECRET_STORE_TIMEOUT',
      message: 'our vault: no response within 3000 ms.',
    });
  });

  it('is that of its caller alone', async () => {
    const secret = Promise.withResolvers<Record<string, string>>();
    const { clock, source } = discover({ getSecret: () => secret.promise });
    const patient = source.get();
    const hasty = rejection(source.get({ timeoutMs: 3_000 }));
    await clock.advance(3_000);
    expect(await hasty).toMatchObject({ code: 'SECRET_STORE_SIDECAR_TIMEOUT' });
    secret.resolve({ orders_client_id: 'id', orders_client_secret: 'secret' });
    expect(await patient).toMatchObject({ clientId: 'id' });
  });

  it.each([0, -1, 2 ** 31, Number.NaN])('must not be %d', async (timeoutMs) => {
    const { source } = discover({});
    expect(await rejection(source.get({ timeoutMs }))).toBeInstanceOf(RangeError);
  });
});
