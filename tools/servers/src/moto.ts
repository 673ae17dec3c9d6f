import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry } from './places.ts';
import { freePort } from './ports.ts';
import { withProgress } from './progress.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { motoVersion } from './versions.ts';

const requirements = join(dirname(import.meta.dirname), 'moto', 'requirements.txt');

/** moto's server: AWS, Secrets Manager above all, in memory. It takes any credentials and any region. */
export interface Moto extends RunningServer {
  /** `http://127.0.0.1:PORT`: the component's `endpoint`. */
  readonly url: string;
  /** Creates a secret of Secrets Manager in the region us-east-1. */
  createSecret(name: string, value: string): Promise<void>;
}

/** Where moto may be: the cache, PyPI. */
export function motoPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: 'moto',
    local: [cachePlace(motoEntry, motoVersion, cacheFolder(env))],
    remote: [virtualEnvironmentPlace(env)],
    byHand: 'install Python 3.10 or newer with pip and venv, then run "npm run servers -- fetch moto"',
  };
}

/** Starts moto. Ready: it lists the secrets. */
export async function startMoto(options: StartOptions = {}): Promise<Moto> {
  const { path } = await obtain(motoPlaces());
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

async function motoEntry(): Promise<CacheEntry> {
  const hash = createHash('sha256').update(await readFile(requirements));
  return { name: `moto-${motoVersion}-${hash.digest('hex').slice(0, 12)}`, proof: 'bin/python' };
}

/** A virtual environment stays usable after it is renamed as long as its scripts are not used. */
function virtualEnvironmentPlace(env: NodeJS.ProcessEnv): Place {
  return {
    label: `the PyPI project moto ${motoVersion} in a virtual environment`,
    async look() {
      const entry = await motoEntry();
      const folder = await cached(
        entry,
        (target) => withProgress(`Fetching moto ${motoVersion} from PyPI`, () => install(target)),
        cacheFolder(env),
      );
      return inEntry(folder, entry, motoVersion, 'PyPI');
    },
  };
}

async function install(target: string): Promise<void> {
  await runCommand('python3', ['-m', 'venv', target]);
  // prettier-ignore
  await runCommand(join(target, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check',
    '--only-binary=:all:', '--require-hashes', '--requirement', requirements]);
}
