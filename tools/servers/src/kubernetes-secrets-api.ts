import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const secretPath = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/?]+)/;

/** Secrets by namespace, name and key; values are plain text. */
export type KubernetesSecrets = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** The part of the Kubernetes API that `secretstores.kubernetes` asks: one secret by its name. */
export interface KubernetesSecretsApi extends AsyncDisposable {
  readonly url: string;
  /** A kubeconfig that names this server and the namespace `default`. */
  readonly kubeconfigPath: string;
}

/** Serves secrets as a Kubernetes API server does, inside this process, without authentication. */
export async function startKubernetesSecretsApi(secrets: KubernetesSecrets): Promise<KubernetesSecretsApi> {
  const server = createServer((request, response) => {
    const { status, body } = lookUp(request.url ?? '', secrets);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  const kubeconfigPath = join(folder, 'config');
  await writeFile(kubeconfigPath, kubeconfig(url));
  return {
    url,
    kubeconfigPath,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1 */
function lookUp(url: string, secrets: KubernetesSecrets): { status: number; body: unknown } {
  const [, namespace = '', name = ''] = (secretPath.exec(url) ?? []).map(decodeURIComponent);
  const secret = secrets[namespace]?.[name];
  if (secret === undefined) {
    const message = `secrets "${name}" not found`;
    const details = { name, kind: 'secrets' };
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    return { status: 404, body: { ...status, message, details } };
  }
  const encoded = Object.entries(secret).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const metadata = { name, namespace };
  const data: unknown = Object.fromEntries(encoded);
  return { status: 200, body: { kind: 'Secret', apiVersion: 'v1', metadata, type: 'Opaque', data } };
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'tests', cluster: { server } }],
    users: [{ name: 'tests', user: {} }],
    contexts: [{ name: 'tests', context: { cluster: 'tests', user: 'tests', namespace: 'default' } }],
    'current-context': 'tests',
  });
}
