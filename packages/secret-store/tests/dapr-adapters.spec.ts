import { CommunicationProtocolEnum, DaprClient, LogLevel } from '@dapr/dapr';
import {
  daprSidecarContract,
  type DaprSidecarUnderTest,
  type DaprVersion,
  startDaprContractSidecar,
} from '@worker-auth/testing-fakes';
import { afterAll, describe, expect, it } from 'vitest';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { httpSidecar } from '../src/index.ts';

type Connect = (url: string, apiToken: string) => DaprSidecarUnderTest;

const adapters: Readonly<Record<string, Connect>> = {
  httpSidecar: (url, apiToken) => httpSidecar({ env: {}, endpoint: url, apiToken }),
  daprClientSidecar: (url, apiToken) => daprClientSidecar(sdkClient(url, apiToken)),
};
const versions: readonly DaprVersion[] = ['1.9.6', '1.14.0', '1.18.3'];

for (const [name, connect] of Object.entries(adapters)) {
  for (const version of versions) {
    describe(`${name}, against daprd ${version}`, async () => {
      const { sidecar, apiToken, setup } = await startDaprContractSidecar({ version });
      afterAll(() => sidecar.stop());
      const cases = daprSidecarContract({
        ...setup,
        connect: (options) => connect(sidecar.url, options?.apiToken ?? apiToken),
        // The SDK's HTTP client never settles a body that broke off.
        leftToDeadlines: name === 'daprClientSidecar' ? ['truncated', 'redirect'] : [],
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
