import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer, StartOptions } from './running-server.ts';

const secretPath = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/?]+)/;

/** Secrets by namespace, name and key; values are plain text. */
export type KubernetesSecrets = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** Settings of {@link startKubernetesSecretsApi}. */
export interface KubernetesSecretsApiOptions extends StartOptions {
  readonly secrets: KubernetesSecrets;
}

/** The part of the Kubernetes API that `secretstores.kubernetes` asks: one secret by its name. */
export interface KubernetesSecretsApi extends RunningServer {
  readonly url: string;
  /** A kubeconfig that names this server and the namespace `default`. */
  readonly kubeconfigPath: string;
  /** Replaces all secrets. */
  setSecrets(secrets: KubernetesSecrets): void;
}

/** Serves secrets as a Kubernetes API server does, inside this process, without authentication. */
export async function startKubernetesSecretsApi(
  options: KubernetesSecretsApiOptions,
): Promise<KubernetesSecretsApi> {
  let secrets = options.secrets;
  const log: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { status, body } = lookUp(request.url ?? '', secrets);
    log.push(`${request.method ?? ''} ${request.url ?? ''} ${status}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  let server = await listen(options.port ?? 0, answer);
  const { port } = server.address() as { port: number };
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  const url = `http://127.0.0.1:${port}`;
  const kubeconfigPath = join(folder, 'config');
  await writeFile(kubeconfigPath, kubeconfig(url));
  const halt = (): Promise<void> => close(server);
  const stop = async (): Promise<void> => {
    await halt();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    name: 'Kubernetes secrets API',
    address: `127.0.0.1:${port}`,
    port,
    pid: undefined,
    url,
    kubeconfigPath,
    setSecrets(next) {
      secrets = next;
    },
    logTail: (lines = 50) => log.slice(-lines).join('\n'),
    halt,
    async restart() {
      await halt();
      server = await listen(port, answer);
    },
    stop,
    [Symbol.asyncDispose]: stop,
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
  const encode = ([key, value]: [string, string]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ];
  const data = Object.fromEntries(Object.entries(secret).map(encode));
  return {
    status: 200,
    body: { kind: 'Secret', apiVersion: 'v1', metadata: { name, namespace }, type: 'Opaque', data },
  };
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

async function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(answer);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
