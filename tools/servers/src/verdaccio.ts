import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

/** An npm registry with nothing but what is published to it: it asks no other. */
export interface Verdaccio extends RunningServer {
  /** `http://127.0.0.1:PORT/`. Whoever publishes needs a token in the `.npmrc`, since npm refuses to publish without; any will do. */
  readonly url: string;
}

/** Starts Verdaccio on an empty storage. Ready: it answers a ping. */
export async function startVerdaccio(options: StartOptions = {}): Promise<Verdaccio> {
  const { path } = await findProgram('verdaccio');
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    const folder = await mkdtemp(join(tmpdir(), 'verdaccio-'));
    const file = join(folder, 'config.yaml');
    await writeFile(file, JSON.stringify(configuration(folder)));
    return {
      name: 'Verdaccio',
      port,
      launch: {
        command: process.execPath,
        args: [path, '--config', file, '--listen', `127.0.0.1:${port}`],
        cwd: folder,
      },
      probe: async (signal) => (await fetch(`http://127.0.0.1:${port}/-/ping`, { signal })).ok,
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    };
  });
  return Object.assign(server, { url: `http://${server.address}/` });
}

/** In JSON, which YAML includes. */
function configuration(folder: string): unknown {
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$all', unpublish: '$all' } },
    web: { enable: false },
    middlewares: {},
    log: { type: 'stdout', format: 'pretty', level: 'warn' },
  };
}
