import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startKubernetesSecretsApi } from '../src/kubernetes-secrets-api.ts';

const secrets = { default: { app: { id: 'grüße' } } };

describe('the Kubernetes secrets API', () => {
  it('serves a secret with its values in base64', async () => {
    await using api = await startKubernetesSecretsApi({ secrets });
    const response = await fetch(`${api.url}/api/v1/namespaces/default/secrets/app`);
    expect(await response.json()).toMatchObject({
      kind: 'Secret',
      data: { id: Buffer.from('grüße').toString('base64') },
    });
  });

  it('answers a secret of another namespace as Kubernetes does', async () => {
    await using api = await startKubernetesSecretsApi({ secrets });
    const response = await fetch(`${api.url}/api/v1/namespaces/other/secrets/app`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ reason: 'NotFound', message: 'secrets "app" not found' });
  });

  it('serves what it was changed to', async () => {
    await using api = await startKubernetesSecretsApi({ secrets });
    api.setSecrets({ default: { app: { id: 'new' } } });
    const response = await fetch(`${api.url}/api/v1/namespaces/default/secrets/app`);
    expect(await response.json()).toMatchObject({ data: { id: Buffer.from('new').toString('base64') } });
  });

  it('writes a kubeconfig that names its address', async () => {
    await using api = await startKubernetesSecretsApi({ secrets });
    expect(await readFile(api.kubeconfigPath, 'utf8')).toContain(api.url);
  });

  it('answers again on the same port after a restart', async () => {
    await using api = await startKubernetesSecretsApi({ secrets });
    await api.halt();
    await expect(fetch(api.url)).rejects.toThrow();
    await api.restart();
    expect((await fetch(api.url)).status).toBe(404);
  });
});
