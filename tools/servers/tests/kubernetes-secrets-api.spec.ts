import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startKubernetesSecretsApi } from '../src/kubernetes-secrets-api.ts';

it('the Kubernetes secrets API serves a secret in base64, and others as Kubernetes does, at the address of its kubeconfig', async () => {
  await using api = await startKubernetesSecretsApi({ default: { app: { id: 'grüße' } } });
  const ask = async (namespace: string): Promise<unknown> =>
    (await fetch(`${api.url}/api/v1/namespaces/${namespace}/secrets/app`)).json();
  expect(await ask('default')).toMatchObject({
    kind: 'Secret',
    data: { id: Buffer.from('grüße').toString('base64') },
  });
  expect(await ask('other')).toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'secrets "app" not found',
  });
  expect(await readFile(api.kubeconfigPath, 'utf8')).toContain(api.url);
});
