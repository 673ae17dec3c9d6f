import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import {
  daprContractSecrets,
  daprContractVariable,
  type DaprMisbehaviour,
  daprSidecarContract,
  type DaprSidecarUnderTest,
  type DaprVersion,
  FakeDaprSidecar,
  type Fault,
} from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { httpSidecar } from '../src/index.ts';

const token = 'the-api-token';

type Connect = (url: string, apiToken: string) => DaprSidecarUnderTest;

const adapters: Readonly<Record<string, Connect>> = {
  httpSidecar: (url, apiToken) => httpSidecar({ env: {}, endpoint: url, apiToken }),
  daprClientSidecar: (url, apiToken) => daprClientSidecar(sdkClient(url, apiToken)),
};
const versions: readonly DaprVersion[] = ['1.9.6', '1.18.3'];

for (const [name, connect] of Object.entries(adapters)) {
  for (const version of versions) {
    describe(`${name}, against daprd ${version}`, () => {
      const fake = contractSidecar(version);
      let url = '';
      beforeAll(async () => {
        url = (await fake.start()).url;
      });
      afterAll(() => fake.stop());
      const cases = daprSidecarContract({
        connect: (options) => connect(url, options?.apiToken ?? token),
        fileComponent: 'contract-file',
        environmentComponent: 'contract-env',
        asksForToken: true,
        deniedSecret: 'denied',
        requests: () => fake.requests.length,
        misbehave: (how) => misbehave(fake, how),
        // The SDK's HTTP client never settles a body that broke off.
        leftToDeadlines: name === 'daprClientSidecar' ? ['truncated'] : [],
      });
      for (const contract of cases) it(contract.name, () => contract.run());
    });
  }
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
      message: 'No answer from http://127.0.0.1:3500 (ECONNREFUSED).',
    });
  });

  it('refuses a client over gRPC, which gives one field of a secret only', () => {
    const client = new DaprClient({
      communicationProtocol: CommunicationProtocolEnum.GRPC,
      logger: { level: LogLevel.Error },
    });
    expect(() => daprClientSidecar(client)).toThrow(TypeError);
    expect(() => daprClientSidecar(client)).toThrow('must use HTTP (communicationProtocol)');
  });
});

function contractSidecar(version: DaprVersion): FakeDaprSidecar {
  return new FakeDaprSidecar({
    version,
    apiToken: token,
    components: [
      {
        name: 'contract-file',
        type: 'secretstores.local.file',
        metadata: { multiValued: 'true' },
        secrets: daprContractSecrets,
        denied: ['denied'],
      },
      {
        name: 'contract-env',
        type: 'secretstores.local.env',
        secrets: { [daprContractVariable.name]: daprContractVariable.value },
      },
    ],
  });
}

const faults: Readonly<Record<Exclude<DaprMisbehaviour, 'loading'>, Fault>> = {
  silent: { kind: 'hang' },
  reset: { kind: 'reset' },
  truncated: { kind: 'truncate', body: '{"field":"' },
  html: { kind: 'answer', status: 200, body: '<html>' },
  list: { kind: 'answer', status: 200, body: '["contract-secret"]' },
  backEndFails: {
    kind: 'answer',
    status: 500,
    body: JSON.stringify({
      errorCode: 'ERR_SECRET_GET',
      message: 'dial tcp 10.0.0.1:443: connection refused',
    }),
  },
};

function misbehave(fake: FakeDaprSidecar, how: DaprMisbehaviour): () => void {
  if (how === 'loading') fake.ready = false;
  else fake.fault = () => faults[how];
  return () => {
    fake.ready = true;
    fake.fault = undefined;
  };
}

function sdkClient(url: string, daprApiToken: string): DaprClient {
  const { hostname, port } = new URL(url);
  return new DaprClient({
    daprHost: hostname,
    daprPort: port,
    daprApiToken,
    logger: { level: LogLevel.Error },
  });
}
