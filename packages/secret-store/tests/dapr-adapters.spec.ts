import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import { assertNoLeak, type DaprVersion, FakeDaprSidecar, type HttpFault } from '@worker-auth/testing-fakes';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import type { DaprSidecar } from '@worker-auth/internal';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import type { SidecarError } from '../src/dapr/errors.ts';
import { rejection as rejected } from './support.ts';

type Connect = (url: string, apiToken: string) => DaprSidecar;

const adapters: Readonly<Record<string, Connect>> = {
  httpSidecar: (url, apiToken) => httpSidecar({ env: {}, endpoint: url, apiToken }),
  daprClientSidecar: (url, apiToken) => daprClientSidecar(sdkClient(url, apiToken)),
};
const versions: readonly DaprVersion[] = ['1.9.6', '1.14.0', '1.18.3'];

const apiToken = 'k5=Wd~9t+Qn.3*zR%b2!';
const deployment = { client_id: 'the-id', client_secret: 'V7+hq.Zx2*mT~w9%Lk=' };
const oddName = 'we/ird +%ü:\\@*';
/** What an encoding, a parser or a buffer would change. */
const odd = {
  ...{
    'tls.crt': 'two\r\nlines\r\n',
    MixedCase: '007',
    'a b': ' a+b%20 "ü€𝒳" =',
    ['__proto__']: '{"not": "unwrapped"}',
  },
  ...{ constructor: 'before\0after', marked: '\uFEFFmarked', long: `${'€'.repeat(70_000)}.` },
};
const components = [
  {
    ...{ name: 'z-file', type: 'secretstores.local.file', metadata: { multiValued: 'true' } },
    secrets: {
      deployment,
      odd,
      [oddName]: { field: 'under an odd name' },
      empty: { field: '' },
      denied: { a: 'b' },
    },
    scope: { deniedSecrets: ['denied'] },
  },
  { name: 'env', type: 'secretstores.local.env', secrets: { SET: 'a variable' } },
  { name: 'a-state', type: 'state.in-memory' },
];
/** By which a call ends, with no answer of use. */
const faults: Readonly<Record<string, HttpFault>> = {
  reset: { connection: 'reset' },
  truncated: { connection: 'truncate', body: JSON.stringify(deployment) },
  html: { body: `<html>${JSON.stringify(deployment)}` },
  list: { body: `[${JSON.stringify(deployment)}]` },
  redirect: { status: 307, headers: { location: '/v1.0/elsewhere' } },
  'a back end that fails': {
    status: 500,
    body: '{"errorCode":"ERR_SECRET_GET","message":"dial tcp 10.0.0.1:443: connection refused"}',
  },
};
const rejection = (call: Promise<unknown>) => rejected(call) as Promise<SidecarError>;
/** More than a pool of connections has room for. */
const many = 128;

for (const [name, connect] of Object.entries(adapters)) {
  describe.each(versions)(`${name}, against daprd %s`, (version) => {
    let fake: FakeDaprSidecar;
    let adapter: DaprSidecar;
    const readFrom = async (component: string, secret: string, signal?: AbortSignal) => {
      const fields = await adapter.getSecret(component, secret, { signal });
      // They are hidden from whoever lists them.
      const names = Object.getOwnPropertyNames(fields ?? {});
      return fields && Object.fromEntries(names.map((field) => [field, fields[field]]));
    };
    const read = (secret: string, signal?: AbortSignal) => readFrom('z-file', secret, signal);
    beforeAll(async () => {
      fake = await FakeDaprSidecar.start({ version, apiToken, components });
      adapter = connect(fake.url, apiToken);
    });
    afterAll(() => fake.stop());

    it('says whether components are loaded, whether the app is ready or not, and lists them in order', async () => {
      fake.appIsReady = false;
      expect(await adapter.isReady()).toBe(true);
      fake.appIsReady = true;
      const listed = components.map(({ name: component, type }) => ({ name: component, type }));
      expect(await adapter.getComponents()).toEqual(
        listed.map((one) => expect.objectContaining(one) as object),
      );
      const warm = fake.goCold();
      expect([await adapter.isReady(), await adapter.getComponents()]).toEqual([false, []]);
      await fake.warmUp();
      await warm;
      expect(await adapter.isReady()).toBe(true);
    });

    it('gives fields as they are, whatever their names and values, each caller his own', async () => {
      const [one, other, under] = await Promise.all([read('odd'), read('deployment'), read(oddName)]);
      expect(Object.entries(one ?? {}).toSorted()).toEqual(Object.entries(odd).toSorted());
      expect([other, under]).toEqual([deployment, { field: 'under an odd name' }]);
      expect(await readFrom('env', 'SET')).toEqual({ SET: 'a variable' });
    });

    it('gives undefined for what is not there, and asks once', async () => {
      const names = ['missing', 'Deployment', 'constructor', '__proto__', 'empty'];
      const before = fake.requests.length;
      expect(await Promise.all(names.map((missing) => read(missing)))).toEqual(names.map(() => undefined));
      expect(await adapter.getSecret('env', 'WORKER_AUTH_NO_SUCH')).toBeUndefined();
      expect(fake.requests.length - before).toBe(names.length + 1);
      fake.failWith({ status: 204 });
      expect(await read('missing')).toBeUndefined();
      fake.recover();
    });

    it('rejects what the sidecar rejects, with a code of its own, and asks once', async () => {
      const wrong = connect(fake.url, 'Kq8%v.2Rt+x5=Zd*J9w&fM3b');
      const before = fake.requests.length;
      const errors = await Promise.all([
        rejection(adapter.getSecret('no/such', 'deployment')),
        rejection(adapter.getSecret('Z-FILE', 'deployment')),
        rejection(read('denied')),
        rejection(wrong.getSecret('z-file', 'deployment')),
      ]);
      expect(fake.requests.length - before).toBe(errors.length);
      expect(errors.map(({ code }) => code)).toEqual([
        ...['SECRET_STORE_COMPONENT_NOT_FOUND', 'SECRET_STORE_COMPONENT_NOT_FOUND'],
        ...['SECRET_STORE_ACCESS_DENIED', 'SECRET_STORE_API_TOKEN_REJECTED'],
      ]);
      assertNoLeak([errors, adapter, wrong], [apiToken, 'Kq8%v.2Rt+x5=Zd*J9w&fM3b']);
    });

    // The SDK's HTTP client never settles a body that broke off.
    const left = name === 'daprClientSidecar' ? ['truncated', 'redirect'] : [];
    it.each(Object.keys(faults).filter((fault) => !left.includes(fault)))(
      'rejects, shows no secret and asks once when it meets %s, and answers again afterwards',
      async (fault) => {
        fake.failWith(faults[fault] ?? {});
        const before = fake.requests.length;
        const error = await rejection(read('deployment'));
        expect(fake.requests.length - before).toBe(1);
        fake.recover();
        expect(error.code).toMatch(/^SECRET_STORE_/);
        assertNoLeak(error, [apiToken, deployment.client_secret]);
        expect(await read('deployment')).toEqual(deployment);
      },
    );

    it("ends with the signal's reason, and holds up nobody: left before, and while the sidecar is silent", async () => {
      const reason = 'a reason that is no Error';
      await expect(read('deployment', AbortSignal.abort(reason))).rejects.toBe(reason);
      fake.failWith({ connection: 'hang' });
      const before = fake.requests.length;
      const controller = new AbortController();
      const silent = Array.from({ length: many }, () => read('deployment', controller.signal));
      const calls = [...silent, adapter.isReady(controller), adapter.getComponents(controller)];
      const ends = Promise.allSettled(calls);
      while (fake.requests.length < before + calls.length) await setImmediate();
      fake.recover();
      expect(await read('deployment')).toEqual(deployment);
      controller.abort(reason);
      expect(
        new Set((await ends).map((end) => (end.status === 'rejected' ? (end.reason as unknown) : end))),
      ).toEqual(new Set([reason]));
    });
  });
}

describe('daprClientSidecar', () => {
  it('ends with SECRET_STORE_SIDECAR_UNREACHABLE for an error whose causes go round', async () => {
    const circle = Object.assign(new Error('circle'), { code: 'ECONNREFUSED' });
    circle.cause = new Error('between', { cause: circle });
    const client = {
      daprClient: { execute: () => Promise.reject(circle) },
      options: { daprHost: '127.0.0.1', daprPort: '3500' },
    } as unknown as DaprClient;
    await expect(daprClientSidecar(client).isReady()).rejects.toMatchObject({
      code: 'SECRET_STORE_SIDECAR_UNREACHABLE',
      message: 'No response from http://127.0.0.1:3500 (ECONNREFUSED).',
    });
  });

  it('rejects a client over gRPC, which gives one field of a secret only', () => {
    const client = new DaprClient({
      communicationProtocol: CommunicationProtocolEnum.GRPC,
      logger: { level: LogLevel.Error },
    });
    expect(() => daprClientSidecar(client)).toThrow(TypeError);
    expect(() => daprClientSidecar(client)).toThrow('must use HTTP (communicationProtocol)');
  });
});

function sdkClient(url: string, daprApiToken: string): DaprClient {
  const { hostname, port } = new URL(url);
  return new DaprClient({
    daprHost: hostname,
    daprPort: port,
    daprApiToken,
    logger: { level: LogLevel.Error },
  });
}
