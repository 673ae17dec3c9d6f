import { obtain } from './lookup.ts';
import { freePort } from './ports.ts';
import { type RunningServer, startServer, type StartOptions } from './running-server.ts';
import { authorizingTemporalPlaces } from './temporal-authorizer.ts';

/** Settings of {@link startMutualTlsTemporal}. */
export interface MutualTlsTemporalOptions extends StartOptions {
  /** The frontend's certificate and key, and the authority of the client certificates that it requires; PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  /** After how long a connection has to be made anew, as a Go duration; calls on it may go on for 70 s. Default Temporal's, `5m`. */
  readonly maxConnectionAge?: string;
}

/**
 * Starts a Temporal server whose frontend lets in who has a client certificate of the authority, and asks for no token. It looks at a
 * certificate when a connection is made. Ready: the server itself has described the namespace `default`.
 */
export async function startMutualTlsTemporal(options: MutualTlsTemporalOptions): Promise<RunningServer> {
  const { path } = await obtain(authorizingTemporalPlaces());
  const { certFile, keyFile, clientCaFile, maxConnectionAge = '5m' } = options;
  return startServer(async () => {
    const port = options.port ?? (await freePort());
    const tls = ['-tls-cert', certFile, '-tls-key', keyFile, '-client-ca', clientCaFile];
    const args = ['-port', String(port), ...tls, '-max-connection-age', maxConnectionAge];
    return {
      name: 'Temporal with client certificates',
      port,
      launch: { command: path, args },
      readyLine: /^{"frontend":/m,
      // That line comes after it, and nobody gets in without a certificate.
      probe: () => Promise.resolve(true),
    };
  });
}
