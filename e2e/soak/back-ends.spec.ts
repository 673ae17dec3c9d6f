import { discoverCredentials } from '@worker-auth/secret-store';
import {
  type DaprdOptions,
  findProgram,
  startDaprd,
  startKubernetesSecretsApi,
  startMoto,
  startOpenBao,
} from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { componentFile, inNamespace } from '../src/fixtures/component-file.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const applicationName = 'postgres-extraction';
const secretName = 'atlan-deployment-secrets';
const fields = {
  postgres_extraction_client_id: 'the-id',
  postgres_extraction_client_secret: 'the-secret',
  query_intelligence_client_id: 'not-this-id',
  query_intelligence_client_secret: 'not-this-secret',
};
const found = { clientId: 'the-id', clientSecret: 'the-secret' };
const inOneSecret = `Dapr secret store component "deployment-secret-store", secret "${secretName}"`;
const oneByOne =
  'Dapr secret store component "deployment-secret-store", secrets "postgres_extraction_client_id" and ' +
  '"postgres_extraction_client_secret"';

await describeWith(['daprd'], 'discoverCredentials through daprd with the files of components/', () => {
  it('local-env: variables of the sidecar, with the prefix ATLAN_ from daprd 1.11 on, which ignores it before', async () => {
    const prefix = minorOf((await findProgram('daprd')).version) >= 11 ? 'ATLAN_' : '';
    const env = Object.fromEntries(Object.entries(fields).map(([key, value]) => [prefix + key, value]));
    const component = await componentFile('local-env');
    expect(await discoverThrough(component, { env })).toMatchObject({ ...found, source: oneByOne });
  });

  it('local-file, multi-valued: the secret is an object', async () => {
    await using secrets = await temporaryFolder();
    const secretsFile = await secrets.write('secrets.json', JSON.stringify({ [secretName]: fields }));
    const component = await componentFile('local-file', { secretsFile });
    expect(await discoverThrough(component)).toMatchObject({ ...found, source: inOneSecret });
  });

  it('local-file, single-valued: one secret a key', async () => {
    await using secrets = await temporaryFolder();
    const secretsFile = await secrets.write('secrets.json', JSON.stringify(fields));
    const component = await componentFile('local-file', { secretsFile, multiValued: 'false' });
    expect(await discoverThrough(component)).toMatchObject({ ...found, source: oneByOne });
  });

  it('local-file, single-valued: the secret is a text that holds JSON', async () => {
    await using secrets = await temporaryFolder();
    const text = JSON.stringify({ [secretName]: JSON.stringify(fields) });
    const secretsFile = await secrets.write('secrets.json', text);
    const component = await componentFile('local-file', { secretsFile, multiValued: 'false' });
    expect(await discoverThrough(component)).toMatchObject({ ...found, source: inOneSecret });
  });

  it('kubernetes: a Secret of the namespace that the sidecar is in', async () => {
    await using kubernetes = await startKubernetesSecretsApi({
      workers: { [secretName]: fields },
      default: { [secretName]: { other: 'namespace' } },
    });
    const component = inNamespace('workers', await componentFile('kubernetes'));
    const options = { kubeconfigPath: kubernetes.kubeconfigPath, env: { NAMESPACE: 'workers' } };
    expect(await discoverThrough(component, options)).toMatchObject({ ...found, source: inOneSecret });
  });
});

await describeWith(['daprd', 'openbao'], 'discoverCredentials through daprd and OpenBao', () => {
  it('hashicorp-vault: a secret of the KV engine, by a token in a file', async () => {
    await using vault = await startOpenBao();
    await using folder = await temporaryFolder();
    await vault.writeSecret(`dapr/${secretName}`, fields);
    const component = await componentFile('hashicorp-vault', {
      vaultAddr: vault.url,
      vaultTokenMountPath: await folder.write('token', vault.token),
    });
    expect(await discoverThrough(component)).toMatchObject({ ...found, source: inOneSecret });
    await vault.writeSecret(`dapr/${secretName}`, { ...fields, port: 443 });
    await expect(discoverThrough(component)).rejects.toMatchObject({
      code: 'SECRET_STORE_BACKEND_REJECTED',
      retryable: false,
      message: expect.stringContaining('Put numbers, true, false and objects in quotes') as unknown,
    });
  });
});

await describeWith(['daprd', 'moto'], 'discoverCredentials through daprd and moto', () => {
  it('aws-secrets-manager: a secret that is one text with JSON, which needs daprd 1.10 for an emulator', async ({
    skip,
  }) => {
    const { version } = await findProgram('daprd');
    const minor = minorOf(version);
    // 1.14 tries the real AWS when it starts.
    if (minor < 10 || minor === 14) skip(`daprd ${version} cannot be told of an emulator's endpoint`);
    await using moto = await startMoto();
    await moto.createSecret(secretName, JSON.stringify(fields));
    const component = await componentFile('aws-secrets-manager', {
      endpoint: moto.url,
      accessKey: 'test',
      secretKey: 'test',
    });
    expect(await discoverThrough(component)).toMatchObject({ ...found, source: inOneSecret });
  });
});

/** `1.14.0` has 14. */
function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

async function discoverThrough(component: string, options: Partial<DaprdOptions> = {}) {
  await using components = await temporaryFolder();
  await components.write('deployment-secret-store.yaml', component);
  await using daprd = await startDaprd({ ...options, componentsPath: components.path });
  return await discoverCredentials({
    applicationName,
    env: { DAPR_HTTP_ENDPOINT: daprd.url },
    order: ['dapr'],
  }).get();
}
