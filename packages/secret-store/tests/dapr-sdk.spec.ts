import type { DaprClient } from '@dapr/dapr';
import { describe, expect, it } from 'vitest';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { rejection } from './support.ts';

/** A client in this process that answers each request as `execute` does, and what was asked of it. */
function client(execute: () => Promise<unknown>, daprApiToken?: string) {
  const asked: unknown[][] = [];
  const daprClient = {
    execute: (...args: unknown[]) => {
      asked.push(args);
      return execute();
    },
  };
  const options = { daprHost: '127.0.0.1', daprPort: '3500', daprApiToken };
  return { sidecar: daprClientSidecar({ daprClient, options } as unknown as DaprClient), asked };
}

function failing(message: string, details: object = {}) {
  return () => Promise.reject(Object.assign(new Error(message), details));
}

function sdkError(status: number, text: string) {
  return failing(JSON.stringify({ error: 'Bad', error_msg: text, status }));
}

describe('daprClientSidecar over a client in this process', () => {
  it('gets each path below the version, without the readiness check of the SDK', async () => {
    const { sidecar, asked } = client(() => Promise.resolve({ components: [] }));
    expect(await sidecar.getComponents()).toEqual([]);
    expect(asked).toEqual([['/metadata', { method: 'GET' }, false]]);
  });

  it('takes an empty body for "not there"', async () => {
    expect(await client(() => Promise.resolve('')).sidecar.getState('a', 'b')).toBeUndefined();
    expect(await client(() => Promise.resolve('x')).sidecar.getState('a', 'b')).toBe('x');
  });

  it('finds the words of Dapr in the error of the SDK', async () => {
    const text = JSON.stringify({ errorCode: 'ERR_PERMISSION_DENIED', message: 'denied' });
    const error = await rejection(client(sdkError(403, text)).sidecar.getSecret('a', 'b'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_ACCESS_DENIED', status: 403 });
    expect(String(error)).toContain('denied (ERR_PERMISSION_DENIED)');
  });

  it('takes the status where the words are not Dapr’s', async () => {
    const error = await rejection(client(sdkError(401, 'who are you')).sidecar.getSecret('a', 'b'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_API_TOKEN_REJECTED', status: 401 });
  });

  it('does not repeat the token of the client', async () => {
    const text = JSON.stringify({ errorCode: 'ERR_NEW', message: 'sent the-api-token' });
    const { sidecar } = client(sdkError(500, text), 'the-api-token');
    expect(String(await rejection(sidecar.getSecret('a', 'b')))).not.toContain('the-api-token');
  });

  it.each<[what: string, error: () => Promise<never>, code: string]>([
    ['a body that broke off', failing('x', { code: 'ERR_STREAM_PREMATURE_CLOSE' }), 'INVALID_RESPONSE'],
    ['a refused connection', failing('x', { code: 'ECONNREFUSED' }), 'SIDECAR_UNREACHABLE'],
    ['an error with other JSON', failing('{"status":"x"}'), 'SIDECAR_UNREACHABLE'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the SDK may do
    ['what is no Error', () => Promise.reject('{"status":500,"error_msg":"x"}'), 'SIDECAR_UNREACHABLE'],
  ])('tells %s by its code', async (_what, error, code) => {
    expect(await rejection(client(error).sidecar.isReady())).toMatchObject({ code: `SECRET_STORE_${code}` });
  });
});
