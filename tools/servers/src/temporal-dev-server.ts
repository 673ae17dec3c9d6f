import { join } from 'node:path';
import { freePort } from './ports.ts';
import { grpcCall, stringMessage } from './grpc.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { temporalCliPath } from './temporal-cli.ts';

const describeNamespace = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** Settings of {@link startTemporalDevServer}. */
export interface TemporalDevServerOptions extends StartOptions {
  /** Starts the web UI too, whose address is in `uiUrl`. Default false. */
  readonly ui?: boolean;
  /** Where the web UI listens; it implies `ui`. Default: chosen by the system. */
  readonly uiPort?: number;
  /** A namespace that exists from the start, besides `default`. */
  readonly namespace?: string;
  /** Keeps workflows in a file in this folder, so that they outlive a restart. Default: in memory. */
  readonly dataFolder?: string;
}

/** A Temporal development server, which lets everybody in. */
export interface TemporalDevServer extends RunningServer {
  /** Of the web UI, when it was asked for. */
  readonly uiUrl: string | undefined;
}

/** Starts the development server of the Temporal CLI, which is fetched when it is missing. Ready: it describes a namespace. */
export async function startTemporalDevServer(
  options: TemporalDevServerOptions = {},
): Promise<TemporalDevServer> {
  const { path } = await temporalCliPath();
  let uiUrl: string | undefined;
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    const uiPort = options.uiPort ?? (options.ui === true ? await freePort() : undefined);
    uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
    return {
      name: 'Temporal dev server',
      port,
      launch: { command: path, args: devServerArguments(options, port, uiPort) },
      probe: async (signal) => {
        const request = stringMessage(options.namespace ?? 'default');
        const answer = await grpcCall(`127.0.0.1:${port}`, describeNamespace, request, signal);
        return answer.status === 0;
      },
    };
  });
  return Object.assign(server, { uiUrl });
}

function devServerArguments(
  options: TemporalDevServerOptions,
  port: number,
  uiPort: number | undefined,
): readonly string[] {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
  if (uiPort === undefined) args.push('--headless');
  else args.push('--ui-port', String(uiPort));
  if (options.namespace !== undefined) args.push('--namespace', options.namespace);
  if (options.dataFolder !== undefined) args.push('--db-filename', join(options.dataFolder, 'temporal.db'));
  return args;
}
