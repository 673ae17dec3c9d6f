import type { HttpFault } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { DaprResponse } from '../src/dapr/response.ts';
import { sidecarOver } from '../src/dapr/sidecar-over.ts';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import { InvalidSettingError } from '../src/errors.ts';
import type { DaprSidecar } from '@worker-auth/internal';
import { rejection, startFake } from './support.ts';

const address = 'http://127.0.0.1:3500';

/** A sidecar that gives one response, and what was asked of it. */
function answering(response: DaprResponse): { readonly sidecar: DaprSidecar; readonly asked: unknown[][] } {
  const asked: unknown[][] = [];
  const exchange = (...args: [string, AbortSignal | undefined]): Promise<DaprResponse> => {
    asked.push(args);
    return Promise.resolve(response);
  };
  return { sidecar: sidecarOver(exchange, { address, secrets: [] }), asked };
}

const requests: readonly [
  path: string,
  ask: (sidecar: DaprSidecar, options?: { signal: AbortSignal }) => Promise<unknown>,
][] = [
  ['/v1.0/healthz/outbound', (sidecar, options) => sidecar.isReady(options)],
  ['/v1.0/metadata', (sidecar, options) => sidecar.getComponents(options)],
  ['/v1.0/secrets/a%2Fb/c%20d', (sidecar, options) => sidecar.getSecret('a/b', 'c d', options)],
  ['/v1.0/state/a%2Fb/c%20d', (sidecar, options) => sidecar.getState('a/b', 'c d', options)],
];

describe('a sidecar over any transport', () => {
  it.each(requests)('asks %s, with the signal of the caller', async (path, ask) => {
    const { sidecar, asked } = answering({ status: 200, body: {} });
    const { signal } = new AbortController();
    await ask(sidecar, { signal });
    await ask(sidecar);
    expect(asked).toEqual([
      [path, signal],
      [path, undefined],
    ]);
  });

  it.each([
    [204, true],
    [404, true],
    [499, true],
    [500, false],
    [503, false],
  ])('with a health of %d is ready: %j', async (status, isReady) => {
    expect(await answering({ status, body: '' }).sidecar.isReady()).toBe(isReady);
  });

  it.each(requests.slice(1))('rejects what is no success of %s', async (_path, ask) => {
    for (const status of [199, 300, 418]) {
      expect(await rejection(ask(answering({ status, body: {} }).sidecar))).toMatchObject({ status });
    }
    await ask(answering({ status: 299, body: {} }).sidecar);
  });

  it('says what it expected in place of what is no list of components', async () => {
    const { sidecar } = answering({ status: 200, body: { components: [{ name: 'x' }] } });
    const error = await rejection(sidecar.getComponents());
    expect(error).toMatchObject({ code: 'SECRET_STORE_INVALID_RESPONSE', status: 200 });
    expect(String(error)).toContain(`${address} answered with status 200 and not with its components`);
  });

  it.each(['secret', 'state'])('has no %s where the response is 204', async (what) => {
    const { sidecar } = answering({ status: 204, body: '' });
    expect(
      await (what === 'secret' ? sidecar.getSecret('a', 'b') : sidecar.getState('a', 'b')),
    ).toBeUndefined();
  });

  it('cannot be asked for the secret bulk, nor for a component of two dots', async () => {
    const { sidecar, asked } = answering({ status: 200, body: {} });
    expect(String(await rejection(sidecar.getSecret('a', 'bulk')))).toContain(
      'A secret called "bulk" cannot be read through Dapr',
    );
    expect(String(await rejection(sidecar.getState('..', 'b')))).toContain('A name in Dapr cannot be ".."');
    expect(asked).toEqual([]);
  });
});

describe('httpSidecar', () => {
  async function read(fault: HttpFault): Promise<unknown> {
    const { fake, url } = await startFake();
    fake.failWith(fault);
    return rejection(httpSidecar({ env: {}, endpoint: url }).getSecret('a', 'b'));
  }

  it('says by how much a response is too long', async () => {
    const body = JSON.stringify({ field: 'x'.repeat(2 * 1024 * 1024) });
    const error = await read({ body });
    expect(error).toMatchObject({ code: 'SECRET_STORE_INVALID_RESPONSE', status: 200 });
    expect(String(error)).toContain('is longer than 2097152 bytes');
  });

  it('takes a rejection for one although its body is too long', async () => {
    const body = 'x'.repeat(2 * 1024 * 1024 + 1);
    expect(await read({ status: 401, body })).toMatchObject({
      code: 'SECRET_STORE_API_TOKEN_REJECTED',
    });
  });

  it.each([
    [401, 'SECRET_STORE_API_TOKEN_REJECTED'],
    [300, 'SECRET_STORE_INVALID_RESPONSE'],
  ])('takes a rejection of %d for one although its body broke off', async (status, code) => {
    const error = await read({ status, connection: 'truncate', body: 'broken off' });
    expect(error).toMatchObject({ code, status });
    expect(String(error)).toContain(`answered with status ${status}`);
  });
});

describe('the settings of httpSidecar', () => {
  it.each<[options: Parameters<typeof httpSidecar>[0], address: string]>([
    [{ endpoint: 'http://a:1', env: { DAPR_HTTP_ENDPOINT: 'http://b:2' } }, 'http://a:1'],
    [{ env: { DAPR_HTTP_ENDPOINT: 'https://b.example/', DAPR_HTTP_PORT: '1' } }, 'https://b.example'],
    [{ env: { DAPR_HTTP_ENDPOINT: ' ', DAPR_HTTP_PORT: '' } }, address],
    [{ env: { DAPR_HTTP_ENDPOINT: 'http://[::1]:1/' } }, 'http://[::1]:1'],
    [{ env: { DAPR_HTTP_ENDPOINT: '127.0.0.1:1' } }, 'http://127.0.0.1:1'],
    [{ env: { DAPR_HTTP_PORT: ' 1 ' } }, 'http://127.0.0.1:1'],
    [{ env: { DAPR_HTTP_PORT: '65535' } }, 'http://127.0.0.1:65535'],
    [{ endpoint: 'https://a/dapr//', env: {} }, 'https://a/dapr'],
    [{ endpoint: 'https://a/x//y', env: {} }, 'https://a/x//y'],
    [{ apiToken: '!~', env: { DAPR_API_TOKEN: 'not used\n' } }, address],
  ])('%j give %s', (options, expected) => {
    expect(httpSidecar(options).address).toBe(expected);
  });

  it.each<[options: Parameters<typeof httpSidecar>[0], words: string]>([
    [{ endpoint: 'ftp://a', env: {} }, 'endpoint must be an http or https URL'],
    [{ endpoint: 'http://', env: {} }, 'endpoint must be'],
    [{ endpoint: 'http://user@a', env: {} }, 'endpoint must be'],
    [{ endpoint: 'http://:pass@a', env: {} }, 'endpoint must be'],
    [{ endpoint: 'http://a?x=y', env: {} }, 'endpoint must be'],
    [{ endpoint: 'http://a#x', env: {} }, 'endpoint must be'],
    [{ env: { DAPR_HTTP_PORT: '3500.5' } }, 'DAPR_HTTP_PORT must be a port from 1 to 65535'],
    [{ env: { DAPR_HTTP_PORT: '0' } }, 'DAPR_HTTP_PORT must be'],
    [{ env: { DAPR_HTTP_PORT: '65536' } }, 'DAPR_HTTP_PORT must be'],
    [{ env: { DAPR_HTTP_PORT: 3500 as unknown as string } }, 'DAPR_HTTP_PORT must be text.'],
    [{ apiToken: '', env: {} }, 'apiToken must be a token of visible ASCII characters'],
    [{ apiToken: 'a b', env: {} }, 'apiToken must be'],
    [{ apiToken: ' ab', env: {} }, 'apiToken must be'],
    [{ apiToken: 'ab ', env: {} }, 'apiToken must be'],
    [{ env: { DAPR_API_TOKEN: 'canary b' } }, 'DAPR_API_TOKEN must be'],
  ])('%j are rejected: %s', (options, words) => {
    expect(() => httpSidecar(options)).toThrow(InvalidSettingError);
    expect(() => httpSidecar(options)).toThrow(words);
    expect(() => httpSidecar(options)).not.toThrow('canary');
  });
});
