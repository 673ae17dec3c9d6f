import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

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
  writeSecret(path: string, fields: Readonly<Record<string, string | number>>): Promise<void>;
}

/** Starts OpenBao. Ready: it reads its own token by an authenticated request. */
export async function startOpenBao(options: StartOptions = {}): Promise<OpenBao> {
  const { path } = await findProgram('openbao');
  const token = randomUUID();
  const headers = { 'x-vault-token': token };
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
      probe: async (signal) =>
        (await fetch(`http://127.0.0.1:${port}/v1/secret/config`, { headers, signal })).ok,
      cleanUp: () => rm(home, { recursive: true, force: true }),
    };
  });
  return Object.assign(server, {
    url: `http://${server.address}`,
    token,
    async writeSecret(path: string, fields: Readonly<Record<string, string | number>>) {
      const body = JSON.stringify({ data: fields });
      const url = `http://${server.address}/v1/secret/data/${path}`;
      const response = await fetch(url, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`OpenBao answered ${response.status}: ${await response.text()}`);
    },
  });
}
