import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

/** moto's server: AWS, Secrets Manager above all, in memory. It takes any credentials and any region. */
export interface Moto extends RunningServer {
  /** `http://127.0.0.1:PORT`: the component's `endpoint`. */
  readonly url: string;
  /** Creates a secret of Secrets Manager in the region us-east-1. */
  createSecret(name: string, value: string): Promise<void>;
}

/** Starts moto. Ready: it lists the secrets. */
export async function startMoto(options: StartOptions = {}): Promise<Moto> {
  const { path } = await findProgram('moto');
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    return {
      name: 'moto',
      port,
      launch: { command: path, args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)] },
      probe: async (signal) => (await call(port, 'ListSecrets', {}, signal)).ok,
    };
  });
  return Object.assign(server, {
    url: `http://${server.address}`,
    async createSecret(name: string, value: string) {
      const body = { Name: name, SecretString: value, ClientRequestToken: crypto.randomUUID() };
      const response = await call(server.port, 'CreateSecret', body);
      if (!response.ok) throw new Error(`moto answered ${response.status}: ${await response.text()}`);
    },
  });
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference; moto reads the region from the signature, unchecked. */
async function call(port: number, action: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=00',
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}
