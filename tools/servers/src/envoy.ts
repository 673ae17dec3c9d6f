import { type EnvoyRoute, envoyConfiguration } from './envoy-configuration.ts';
import { grpcCall } from './grpc.ts';
import { freePorts } from './ports.ts';
import { findProgram } from './programs.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';

const healthCheck = '/grpc.health.v1.Health/Check';
const unauthenticated = 16;
const drainSeconds = 5;

/** Settings of {@link startEnvoy}. */
export interface EnvoyOptions extends StartOptions, EnvoyRoute {}

/** A running Envoy. */
export interface Envoy extends RunningServer {
  /**
   * Sends GOAWAY on each connection, and ends the listener 5 s later; new connections are taken until then. Another Envoy may listen on the
   * same port meanwhile, and takes its share of them. Resolves at once.
   */
  drain(): Promise<void>;
  /** How many requests `jwt_authn` has rejected since the start. */
  rejections(): Promise<number>;
}

/** Starts Envoy with the filter `jwt_authn` before a gRPC server. Ready: it rejects a call without a token. */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const { path } = await findProgram('envoy');
  let adminUrl = '';
  const server = await startServer(async () => {
    const [main = 0, admin = 0] = await freePorts(2);
    const ports = { main: options.port ?? main, admin };
    adminUrl = `http://127.0.0.1:${admin}`;
    return {
      name: 'Envoy',
      port: ports.main,
      launch: {
        command: path,
        // One worker thread, and no memory shared with other Envoys of this machine.
        args: [
          ...['--config-yaml', JSON.stringify(envoyConfiguration(ports, options))],
          ...['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
          ...['--drain-time-s', String(drainSeconds), '--drain-strategy', 'immediate'],
        ],
      },
      probe: async (signal) => {
        // The port alone says nothing: another Envoy may listen there.
        if (!(await fetch(`${adminUrl}/ready`, { signal })).ok) return false;
        const answer = await grpcCall(`127.0.0.1:${ports.main}`, healthCheck, new Uint8Array(), signal);
        return answer.status === unauthenticated;
      },
    };
  });
  return Object.assign(server, {
    drain: async () => {
      await fetch(`${adminUrl}/drain_listeners?graceful`, { method: 'POST' });
    },
    rejections: async () => {
      const answer = await fetch(`${adminUrl}/stats?format=json&filter=jwt_authn\\.denied$`);
      const { stats } = (await answer.json()) as { stats: readonly { value: number }[] };
      return stats.reduce((total, { value }) => total + value, 0);
    },
  });
}
