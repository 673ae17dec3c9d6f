import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { goBuildPlace, type GoProgram, goProgramEntry } from './go.ts';
import { grpcCall, stringMessage } from './grpc.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace } from './places.ts';
import { freePort } from './ports.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { temporalServerVersion } from './versions.ts';

const program: GoProgram = { name: 'temporal-authorizer', version: temporalServerVersion };
const healthCheck = '/grpc.health.v1.Health/Check';
const healthService = 'temporal.api.workflowservice.v1.WorkflowService';
/** `HealthCheckResponse` with the status SERVING. */
const serving = Buffer.from([0x08, 0x01]);

/** Settings of {@link startAuthorizingTemporal}. */
export interface AuthorizingTemporalOptions extends StartOptions {
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
  /** The namespace that exists from the start. Default `default`. */
  readonly namespace?: string;
  /** Where the web UI listens. Default: no web UI. */
  readonly uiPort?: number;
  /** Keeps workflows in a file in this folder, so that they outlive a restart. Default: in memory. */
  readonly dataFolder?: string;
}

/** A Temporal server whose default authorizer checks the token of every call. */
export interface AuthorizingTemporal extends RunningServer {
  /** Of the web UI, when it was asked for. It needs no token: it sees everything on this machine. */
  readonly uiUrl: string | undefined;
}

/** Where the server may be: the cache, built from Go modules. */
export function authorizingTemporalPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: 'The Temporal server with its JWT authorizer',
    local: [cachePlace(() => goProgramEntry(program), program.version, cacheFolder(env))],
    remote: [goBuildPlace(program, env)],
    byHand:
      'put Go on PATH (https://go.dev/doc/install) and run "npm run servers -- fetch temporal-authorizer"',
  };
}

/**
 * Starts a Temporal server with the JWT authorizer. Ready: the namespace can be described and the frontend reports SERVING. Whether
 * the key set could be read shows only at the first call with a token.
 */
export async function startAuthorizingTemporal(
  options: AuthorizingTemporalOptions,
): Promise<AuthorizingTemporal> {
  const { path } = await obtain(authorizingTemporalPlaces());
  const server = await startServer(async () => {
    const port = options.port ?? (await freePort());
    return {
      name: 'Temporal with the JWT authorizer',
      port,
      launch: { command: path, args: serverArguments(options, port) },
      readyLine: /^{"frontend":/m,
      probe: async (signal) => {
        const request = stringMessage(healthService);
        const answer = await grpcCall(`127.0.0.1:${port}`, healthCheck, request, signal);
        return answer.status === 0 && answer.message.equals(serving);
      },
    };
  });
  const uiUrl = options.uiPort === undefined ? undefined : `http://127.0.0.1:${options.uiPort}`;
  return Object.assign(server, { uiUrl });
}

function serverArguments(options: AuthorizingTemporalOptions, port: number): readonly string[] {
  const args = ['-jwks', options.jwksUrl, '-port', String(port)];
  if (options.audience !== undefined) args.push('-audience', options.audience);
  if (options.permissionsClaimName !== undefined)
    args.push('-permissions-claim-name', options.permissionsClaimName);
  if (options.permissionsRegex !== undefined) args.push('-permissions-regex', options.permissionsRegex);
  if (options.refreshInterval !== undefined) args.push('-jwks-refresh', options.refreshInterval);
  if (options.namespace !== undefined) args.push('-namespace', options.namespace);
  if (options.uiPort !== undefined) args.push('-ui-port', String(options.uiPort));
  if (options.dataFolder !== undefined) args.push('-db', join(options.dataFolder, 'temporal.db'));
  return args;
}
