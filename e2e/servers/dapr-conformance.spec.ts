import { startDaprd } from '@worker-auth/servers';
import { FakeDaprSidecar } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DaprPair, startDaprPair } from '../src/fixtures/dapr-pair.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const apiToken = 'the-api-token';
const withToken = { 'dapr-api-token': apiToken };

const secrets = [
  // What is there, in each shape.
  ...['flat', 'nested:a', 'nested:b:c', 'nested:list:0', 'nested:list:1:0', 'list:0', 'number', 'blank'].map(
    (name) => `single/${name}`,
  ),
  ...[
    'flat',
    'nested',
    'empty',
    'odd',
    'blank',
    'we%2Fird%20%2B%25%C3%BC',
    'we%2Fird+%2B%25%C3%BC',
    'quote%22%3C',
  ].map((name) => `multi/${name}`),
  ...['dotted/nested.b.c', 'env/WORKER_AUTH_SET', 'env/WORKER_AUTH_EMPTY', 'vault/app', 'vault-text/app'],
  ...[
    'scoped/flat',
    'listed/number',
    'single/flat?metadata.version_id=1',
    'kubernetes/app?metadata.namespace=default',
  ],
  // What is not.
  ...[
    'single/nested',
    'single/x',
    'single/a%2Fb',
    'single/a%22%3Cb',
    'single/FLAT',
    'multi/list',
    'multi/number',
    'dotted/nested:a',
  ],
  ...['env/WORKER_AUTH_MISSING', 'vault/x', 'vault-text/x', 'kubernetes/x?metadata.namespace=default'],
  // What is rejected.
  ...[
    'scoped/number',
    'listed/flat',
    'closed/flat',
    'closed/x',
    'nowhere/flat',
    'Single/flat',
    'vault-denied/app',
    'vault-away/app',
  ],
  // All at once.
  ...['single', 'multi', 'dotted', 'scoped', 'listed', 'closed', 'vault', 'vault-text', 'nowhere'].map(
    (name) => `${name}/bulk`,
  ),
  // What is no request for a secret.
  ...['', 'single', 'single/', 'single/a/b', 'single/%zz', 'single/a%2', 'si%zzngle/a'],
].map((path) => `/v1.0/secrets/${path}`);

const others = [
  '/',
  '/v1.0',
  '/v1.0/unknown',
  '/v1.0/metadata/x',
  '/v2.0/secrets/single/flat',
  '/v1.0/state/store/key',
];

const health = ['/v1.0/healthz', '/v1.0/healthz/outbound'];

/** Status, type and body of an answer; the port of a back end that is away is a matter of the machine. */
async function ask(url: string, path: string, init: RequestInit = { headers: withToken }): Promise<unknown> {
  const response = await fetch(`${url}${path}`, init);
  const body = (await response.text()).replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
  return { status: response.status, type: response.headers.get('content-type'), body };
}

await describeWith(['daprd', 'openbao'], 'the fake sidecar answers as daprd', () => {
  let pair: DaprPair;
  beforeAll(async () => {
    pair = await startDaprPair(apiToken);
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  const same = async (path: string, init?: RequestInit): Promise<void> => {
    expect(await ask(pair.fake.url, path, init)).toEqual(await ask(pair.real.url, path, init));
  };

  it.each([...secrets, ...others, ...health])('GET %s', (path) => same(path));

  it.each([
    '/v1.0/secrets/single/flat',
    '/v1.0/secrets/single/bulk',
    '/v1.0/metadata',
    '/v1.0/unknown',
    ...health,
  ])('GET %s without the API token, and with a wrong one', async (path) => {
    await same(path, {});
    await same(path, { headers: { 'dapr-api-token': 'wrong' } });
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s', async (method) => {
    for (const path of ['/v1.0/secrets/single/flat', '/v1.0/metadata', ...health]) {
      await same(path, { method, headers: withToken });
    }
  });

  it('the metadata in shape, and each component in full', async () => {
    const [ours, theirs] = await Promise.all(
      [pair.fake.url, pair.real.url].map(async (url) => {
        const response = await fetch(`${url}/v1.0/metadata`, { headers: withToken });
        return {
          type: response.headers.get('content-type'),
          body: (await response.json()) as Record<string, unknown>,
        };
      }),
    );
    expect(ours?.type).toBe(theirs?.type);
    for (const key of ['id', 'components', 'runtimeVersion', 'extended', 'actors']) {
      expect({ [key]: ours?.body[key] }).toEqual({ [key]: theirs?.body[key] });
    }
    expect(Object.keys(theirs?.body ?? {})).toEqual(expect.arrayContaining(Object.keys(ours?.body ?? {})));
  });

  it('the same without any component', async () => {
    await using folder = await temporaryFolder();
    await using real = await startDaprd({ componentsPath: folder.path, appId: 'none' });
    const { version } = pair.fake;
    await using fake = await FakeDaprSidecar.start({ version, appId: 'none' });
    for (const path of ['secrets/x/y', 'secrets/x/bulk', 'state/x/y', 'metadata']) {
      expect(await ask(fake.url, `/v1.0/${path}`)).toEqual(await ask(real.url, `/v1.0/${path}`));
    }
  });
});
