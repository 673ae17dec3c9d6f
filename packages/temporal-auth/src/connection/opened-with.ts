import type { ClientCertificates } from '../certificates/client-certificates.ts';
import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';

/** What Temporal's native connection does not keep: how another one like it can be opened, as soon as there is another certificate. */
export class OpenedWith implements NativeConnectionPlugin {
  readonly name = '@worker-auth/temporal-auth/opened-with';
  readonly #options: NativeConnectionOptions;
  /** Of the certificate. */
  readonly fingerprint: string;

  /** @param options as they were before the certificate and the token were added, which is done again */
  constructor(options: NativeConnectionOptions, fingerprint: string) {
    this.#options = options;
    this.fingerprint = fingerprint;
  }

  /** What such a connection was opened with; `undefined` for any other. */
  static of({ plugins }: Pick<NativeConnection, 'plugins'>): OpenedWith | undefined {
    return plugins.find((plugin) => plugin instanceof OpenedWith);
  }

  /** Opens another one. */
  async again(): Promise<NativeConnection> {
    const worker = await import('@temporalio/worker');
    return worker.NativeConnection.connect(this.#options);
  }
}

/**
 * Options of a native connection whose certificate rotates; the same where TLS is said otherwise.
 *
 * @param plugin adds certificate and token to those that come after it
 */
export function reopenableOptions(
  options: NativeConnectionOptions,
  certificates: ClientCertificates | undefined,
  plugin: NativeConnectionPlugin,
): NativeConnectionOptions {
  if (certificates === undefined || options.tls !== undefined) return options;
  const { newest } = certificates;
  const { plugins = [] } = options;
  const again = { ...options, plugins: [...new Set([...plugins, plugin])] };
  const opened = new OpenedWith(again, newest.fingerprint);
  return { ...options, plugins: [...plugins, opened], tls: certificates.tls(newest) };
}
