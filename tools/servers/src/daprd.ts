import { execFile } from 'node:child_process';
import { isOlder } from './places.ts';
import { freePorts } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

const internalListenFlag = '--dapr-internal-grpc-listen-address';

/** Settings of {@link startDaprd}. */
export interface DaprdOptions extends StartOptions {
  /** The folder with the component files. */
  readonly componentsPath: string;
  /** Default `worker-auth`. */
  readonly appId?: string;
  /** What every request has to carry as `dapr-api-token`. Default: none. */
  readonly apiToken?: string;
  /** The sidecar's environment, on top of this process's: what `secretstores.local.env` reads. */
  readonly env?: Readonly<Record<string, string>>;
  /** A Dapr Configuration file, with secret scopes for instance. */
  readonly configPath?: string;
  /** The kubeconfig of `secretstores.kubernetes`. */
  readonly kubeconfigPath?: string;
}

/** A real Dapr sidecar. */
export interface Daprd extends RunningServer {
  /** Of the HTTP API: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly grpcPort: number;
  /**
   * Of the calls between sidecars, when every interface has it: a daprd without `--dapr-internal-grpc-listen-address`, an old one, cannot
   * be told where to listen for them. It has no application behind it that could be called.
   */
  readonly openPort: number | undefined;
  /** Of daprd: `1.14.0`. */
  readonly version: string;
}

/** Starts a sidecar without an application. Ready: it has loaded its components and answers `/v1.0/healthz/outbound`. */
export async function startDaprd(options: DaprdOptions): Promise<Daprd> {
  const found = await findProgram('daprd');
  const internalAddress = await internalListenArguments(found.path);
  let ports = { http: 0, grpc: 0, internal: 0, profile: 0 };
  const server = await startServer(async () => {
    const [http = 0, grpc = 0, internal = 0, profile = 0] = await freePorts(4);
    const port = options.port ?? http;
    ports = { http: port, grpc, internal, profile };
    return {
      name: 'daprd',
      port,
      launch: {
        command: found.path,
        args: [...sidecarArguments(options, found.version), ...portArguments(ports), ...internalAddress],
        env: {
          ...options.env,
          DAPR_API_TOKEN: options.apiToken,
          ...(options.kubeconfigPath === undefined ? {} : { KUBECONFIG: options.kubeconfigPath }),
        },
      },
      probe: async (signal) =>
        (await fetch(`http://127.0.0.1:${port}/v1.0/healthz/outbound`, { signal })).status === 204,
    };
  });
  return Object.assign(server, {
    url: `http://${server.address}`,
    grpcPort: ports.grpc,
    openPort: internalAddress.length > 0 ? undefined : ports.internal,
    version: found.version,
  });
}

/** The arguments that keep the calls between sidecars on loopback; none where this daprd's help does not know them. */
function internalListenArguments(path: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    // The exit code of help is not the same in all versions.
    execFile(path, ['--help'], (_error, stdout, stderr) => {
      // Go's own flags are shown with one dash.
      const isKnown = `${stdout}${stderr}`.includes(internalListenFlag.slice(1));
      resolve(isKnown ? [internalListenFlag, '127.0.0.1'] : []);
    });
  });
}

function sidecarArguments(options: DaprdOptions, version: string): readonly string[] {
  const isOld = isOlder(version, '1.10');
  // oxfmt-ignore
  const args = ['--app-id', options.appId ?? 'worker-auth', isOld ? '--components-path' : '--resources-path',
    options.componentsPath, '--dapr-listen-addresses', '127.0.0.1', '--enable-metrics=false', '--dapr-graceful-shutdown-seconds', '0'];
  if (options.configPath !== undefined) args.push('--config', options.configPath);
  // Later versions read the path from KUBECONFIG or from the component.
  if (options.kubeconfigPath !== undefined && isOld) args.push('--kubeconfig', options.kubeconfigPath);
  return args;
}

function portArguments(ports: Readonly<Record<'http' | 'grpc' | 'internal' | 'profile', number>>): string[] {
  // oxfmt-ignore
  return ['--dapr-http-port', String(ports.http), '--dapr-grpc-port', String(ports.grpc),
    '--dapr-internal-grpc-port', String(ports.internal), '--profile-port', String(ports.profile)];
}
