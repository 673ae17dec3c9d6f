import { DaprClient, LogLevel } from '@dapr/dapr';
import { httpSidecar } from '@worker-auth/secret-store';
import { daprClientSidecar } from '@worker-auth/secret-store/dapr-sdk';
import { type Daprd, startDaprd } from '@worker-auth/servers';
import {
  daprContractSecrets,
  daprContractVariable,
  daprSidecarContract,
  type DaprSidecarUnderTest,
} from '@worker-auth/testing-fakes';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { componentFile } from '../src/fixtures/component-file.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder, type TemporaryFolder } from '../src/fixtures/temporary-folder.ts';

const token = 'the-api-token';
const fileComponent = 'contract-file';
const environmentComponent = 'contract-env';
const deniedSecret = 'denied';

const adapters: Readonly<Record<string, (daprd: Daprd, apiToken: string) => DaprSidecarUnderTest>> = {
  httpSidecar: ({ url }, apiToken) => httpSidecar({ env: {}, endpoint: url, apiToken }),
  daprClientSidecar: ({ port }, daprApiToken) =>
    daprClientSidecar(
      new DaprClient({
        daprHost: '127.0.0.1',
        daprPort: String(port),
        daprApiToken,
        logger: { level: LogLevel.Error },
      }),
    ),
};

await describeWith(['daprd'], 'the contract of a sidecar adapter, against daprd', () => {
  let folder: TemporaryFolder;
  let daprd: Daprd;
  beforeAll(async () => {
    folder = await temporaryFolder();
    daprd = await startContractDaprd(folder);
  });
  afterAll(async () => {
    await daprd.stop();
    await folder[Symbol.asyncDispose]();
  });

  for (const [name, connect] of Object.entries(adapters)) {
    describe(name, () => {
      const cases = daprSidecarContract({
        connect: (options) => connect(daprd, options?.apiToken ?? token),
        fileComponent,
        environmentComponent,
        asksForToken: true,
        deniedSecret,
      });
      for (const contract of cases) it(contract.name, () => contract.run());
    });
  }
});

async function startContractDaprd(folder: TemporaryFolder): Promise<Daprd> {
  const secretsFile = await folder.write('secrets.json', JSON.stringify(daprContractSecrets));
  const component = async (backEnd: string, name: string, values?: Record<string, string>): Promise<string> =>
    (await componentFile(backEnd, values)).replace('deployment-secret-store', name);
  await folder.write('file.yaml', await component('local-file', fileComponent, { secretsFile }));
  await folder.write('env.yaml', await component('local-env', environmentComponent, { prefix: '' }));
  // https://docs.dapr.io/operations/configuration/secret-scope/
  const scope = { storeName: fileComponent, defaultAccess: 'allow', deniedSecrets: [deniedSecret] };
  const configuration = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'contract' },
    spec: { secrets: { scopes: [scope] } },
  };
  await using outside = await temporaryFolder();
  return await startDaprd({
    componentsPath: folder.path,
    configPath: await outside.write('config.yaml', stringify(configuration)),
    apiToken: token,
    env: { [daprContractVariable.name]: daprContractVariable.value },
  });
}
