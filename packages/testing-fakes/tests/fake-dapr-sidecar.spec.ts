import { describe, expect, it, onTestFinished } from 'vitest';
import { type FakeDaprComponent, FakeDaprSidecar, type FakeDaprSidecarOptions } from '../src/index.ts';

async function start(options: FakeDaprSidecarOptions): Promise<{ fake: FakeDaprSidecar; get: Get }> {
  const fake = await FakeDaprSidecar.start(options);
  onTestFinished(() => fake.stop());
  const { url } = fake;
  return {
    fake,
    get: async (path, headers = {}) => {
      const response = await fetch(`${url}/v1.0${path}`, { headers });
      return { status: response.status, text: await response.text() };
    },
  };
}

type Get = (path: string, headers?: Record<string, string>) => Promise<{ status: number; text: string }>;

const file: FakeDaprComponent = { name: 'file', type: 'secretstores.local.file', secrets: { a: '1' } };

describe('the secrets API of the fake sidecar', () => {
  it.each<[string, FakeDaprComponent, string, Record<string, string>]>([
    [
      'a map in Vault',
      { name: 's', type: 'secretstores.hashicorp.vault', secrets: { n: { a: '1' } } },
      'n',
      { a: '1' },
    ],
    [
      'JSON text in AWS',
      { name: 's', type: 'secretstores.aws.secretmanager', secrets: { n: { a: '1' } } },
      'n',
      { n: '{"a":"1"}' },
    ],
    [
      'the environment with its prefix',
      { name: 's', type: 'secretstores.local.env', metadata: { prefix: 'P_' }, secrets: { P_n: '1' } },
      'n',
      { n: '1' },
    ],
    ['a missing variable', { name: 's', type: 'secretstores.local.env' }, 'n', { n: '' }],
    [
      'a variable of Dapr itself',
      { name: 's', type: 'secretstores.local.env', secrets: { DAPR_X: '1' } },
      'DAPR_X',
      { DAPR_X: '' },
    ],
  ])('answers %s as the real component does', async (_what, described, name, body) => {
    const { get } = await start({ components: [described] });
    expect(await get(`/secrets/s/${name}`)).toEqual({ status: 200, text: `${JSON.stringify(body)}\n` });
  });

  it.each<[string, FakeDaprSidecarOptions, string, number, string]>([
    ['no store', {}, '/secrets/file/a', 500, 'ERR_SECRET_STORES_NOT_CONFIGURED'],
    ['an unknown store', { components: [file] }, '/secrets/x/a', 401, 'ERR_SECRET_STORE_NOT_FOUND'],
    ['a missing secret', { components: [file] }, '/secrets/file/x', 500, 'secret x not found'],
    [
      'a denied secret',
      { components: [{ ...file, denied: ['a'] }] },
      '/secrets/file/a',
      403,
      'ERR_PERMISSION_DENIED',
    ],
    [
      'a token that is missing',
      { components: [file], apiToken: 't' },
      '/secrets/file/a',
      401,
      'invalid api token',
    ],
    ['an unknown path', { components: [file] }, '/unknown', 404, 'ERR_DIRECT_INVOKE'],
    [
      'an underscore in Key Vault',
      { components: [{ name: 'kv', type: 'secretstores.azure.keyvault' }] },
      '/secrets/kv/a_b',
      500,
      'BadParameter',
    ],
  ])('answers %s as daprd does', async (_what, options, path, status, words) => {
    const { get } = await start(options);
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
  });

  it('takes a plus sign for a space, as daprd does', async () => {
    const { get } = await start({ components: [{ ...file, secrets: { 'a b': '1' } }] });
    expect((await get('/secrets/file/a+b')).text).toBe('{"a b":"1"}\n');
  });

  it('gives secrets that were changed while it runs', async () => {
    const { fake, get } = await start({ components: [file] });
    fake.setSecrets('file', { a: '2' });
    expect((await get('/secrets/file/a')).text).toBe('{"a":"2"}\n');
    expect(() => {
      fake.setSecrets('unknown', {});
    }).toThrow(RangeError);
  });
});

describe('the metadata API of the fake sidecar', () => {
  it('leaves empty keys out in 1.18.3, and sends empty lists in 1.9.6', async () => {
    const { fake, get } = await start({});
    expect(JSON.parse((await get('/metadata')).text)).not.toHaveProperty('components');
    fake.version = '1.9.6';
    expect(JSON.parse((await get('/metadata')).text)).toMatchObject({ components: [], actors: [] });
  });

  it('lists capabilities where the real component has some', async () => {
    const vault = { name: 'v', type: 'secretstores.hashicorp.vault' };
    const { get } = await start({ components: [vault, file] });
    expect(JSON.parse((await get('/metadata')).text)).toMatchObject({
      components: [
        { ...vault, version: 'v1', capabilities: ['MULTIPLE_KEY_VALUES_PER_SECRET'] },
        { name: 'file', type: 'secretstores.local.file', version: 'v1' },
      ],
    });
  });
});

describe('health and state of the fake sidecar', () => {
  it('is not ready while components load, and says so without a token', async () => {
    const { fake, get } = await start({ ready: false, apiToken: 't' });
    expect((await get('/healthz/outbound')).text).toContain('ERR_OUTBOUND_HEALTH_NOT_READY');
    fake.ready = true;
    expect((await get('/healthz/outbound')).status).toBe(204);
  });

  it('gives the value of a key, and 204 for a key that is not there', async () => {
    const { get } = await start({
      components: [{ name: 'state', type: 'state.redis', state: { k: { a: 1 } } }],
    });
    expect(await get('/state/state/k')).toEqual({ status: 200, text: '{"a":1}\n' });
    expect((await get('/state/state/x')).status).toBe(204);
  });

  it('writes down what it received, headers included', async () => {
    const { fake, get } = await start({ components: [file] });
    await get('/secrets/file/a', { 'dapr-api-token': 't' });
    expect(fake.requestsTo('/secrets/')).toMatchObject([
      { method: 'GET', path: '/v1.0/secrets/file/a', headers: { 'dapr-api-token': 't' } },
    ]);
  });
});
