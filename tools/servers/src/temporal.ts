import { join } from 'node:path';
import { grpcCall, stringMessage } from './grpc.ts';
import { freePort } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

const describeNamespace = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';
const healthCheck = '/grpc.health.v1.Health/Check';
const healthService = 'temporal.api.workflowservice.v1.WorkflowService';
/** `HealthCheckResponse` with the status SERVING. */
const serving = Buffer.from([0x08, 0x01]);
/** Of our Go main: its frontend runs. */
const readyLine = /^{"frontend":/m;

/** Settings of {@link startTemporalDevServer}. */
export interface TemporalDevServerOptions extends StartOptions {
  /** Starts the web UI too, whose address is in `uiUrl`. Default false. */
  readonly ui?: boolean;
  /** A namespace that exists from the start, besides `default`. */
  readonly namespace?: string;
  /** Keeps workflows in a file in this folder, so that they outlive a restart. Default: in memory. */
  readonly dataFolder?: string;
  /** More arguments of the server's program. Ours takes `-dynamic-config-value` as the CLI does, but no search attributes. */
  readonly args?: readonly string[];
}

/** A Temporal development server, which lets everybody in. */
export interface TemporalDevServer extends RunningServer {
  /** Of the web UI, when it was asked for. It needs no token: it sees everything on this machine. */
  readonly uiUrl: string | undefined;
}

/** Starts the development server of the Temporal CLI, which is fetched when it is missing. Ready: it describes a namespace. */
export async function startTemporalDevServer(
  options: TemporalDevServerOptions = {},
): Promise<TemporalDevServer> {
  const { ui = false, namespace, dataFolder, args: more = [] } = options;
  const { path } = await findProgram('temporal-cli');
  let uiUrl: string | undefined;
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    const uiPort = ui ? await freePort() : undefined;
    uiUrl = urlOf(uiPort);
    const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
    return {
      name: 'Temporal dev server',
      port,
      launch: {
        command: path,
        args: [
          ...args,
          ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
          ...given({ '--namespace': namespace, '--db-filename': databaseIn(dataFolder) }),
          ...more,
        ],
      },
      probe: async (signal) => {
        const request = stringMessage(namespace ?? 'default');
        return (await grpcCall(`127.0.0.1:${port}`, describeNamespace, request, signal)).status === 0;
      },
    };
  });
  return Object.assign(server, { uiUrl });
}

/** Settings of {@link startAuthorizingTemporal}. */
export interface AuthorizingTemporalOptions extends TemporalDevServerOptions {
  /** The JSON Web Key Set that tokens are checked against, over plain HTTP. */
  readonly jwksUrl: string;
  /** What the `aud` claim must hold. Default: it is not checked. */
  readonly audience?: string;
  /** The claim that holds the permissions. Default `permissions`. */
  readonly permissionsClaimName?: string;
  /** What a permission looks like, as a Go expression with the groups `namespace` and `role`. Default `namespace:role`. */
  readonly permissionsRegex?: string;
  /** How often the key set is read again, as a Go duration. Default `2s`. */
  readonly refreshInterval?: string;
}

/** A Temporal server whose default authorizer checks the token of every call. Its one namespace is `default` by default. */
export type AuthorizingTemporal = TemporalDevServer;

/**
 * Starts a Temporal server with the JWT authorizer. Ready: the namespace can be described and the frontend reports SERVING. Whether
 * the key set could be read shows only at the first call with a token.
 */
export async function startAuthorizingTemporal(
  options: AuthorizingTemporalOptions,
): Promise<AuthorizingTemporal> {
  const { path } = await findProgram('temporal-authorizer');
  const uiPort = options.ui === true ? await freePort() : undefined;
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    const args = given({
      '-jwks': options.jwksUrl,
      '-port': String(port),
      '-audience': options.audience,
      '-permissions-claim-name': options.permissionsClaimName,
      '-permissions-regex': options.permissionsRegex,
      '-jwks-refresh': options.refreshInterval,
      '-namespace': options.namespace,
      '-ui-port': uiPort?.toString(),
      '-db': databaseIn(options.dataFolder),
    });
    return {
      name: 'Temporal with the JWT authorizer',
      port,
      launch: { command: path, args: [...args, ...(options.args ?? [])] },
      readyLine,
      probe: async (signal) => {
        const request = stringMessage(healthService);
        const answer = await grpcCall(`127.0.0.1:${port}`, healthCheck, request, signal);
        return answer.status === 0 && answer.message.equals(serving);
      },
    };
  });
  return Object.assign(server, { uiUrl: urlOf(uiPort) });
}

/** Settings of {@link startMutualTlsTemporal}. */
export interface MutualTlsTemporalOptions extends StartOptions {
  /** The frontend's certificate and key, and the authority of the client certificates that it requires; PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  /** After how long a connection has to be made again, as a Go duration; calls on it may go on for 70 s. Default Temporal's, `5m`. */
  readonly maxConnectionAge?: string;
}

/**
 * Starts a Temporal server whose frontend lets in who has a client certificate of the authority, and asks for no token. It looks at a
 * certificate when a connection is made. Ready: the server itself has described the namespace `default`.
 */
export async function startMutualTlsTemporal(options: MutualTlsTemporalOptions): Promise<RunningServer> {
  const { path } = await findProgram('temporal-authorizer');
  return startServer(async () => {
    const port = options.port ?? (await freePort());
    const args = given({
      '-port': String(port),
      '-tls-cert': options.certFile,
      '-tls-key': options.keyFile,
      '-client-ca': options.clientCaFile,
      '-max-connection-age': options.maxConnectionAge ?? '5m',
    });
    return {
      name: 'Temporal with client certificates',
      port,
      launch: { command: path, args },
      readyLine,
      // That line comes after it, and nobody gets in without a certificate.
      probe: () => Promise.resolve(true),
    };
  });
}

/** The arguments that have a value. */
function given(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => (value ? [name, value] : []));
}

function urlOf(port: number | undefined): string | undefined {
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}

function databaseIn(folder: string | undefined): string | undefined {
  return folder && join(folder, 'temporal.db');
}
