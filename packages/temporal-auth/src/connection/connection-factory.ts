import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { type DeadlineOptions, withDeadline } from '@worker-auth/internal';
import { copied } from '@worker-auth/calls/settings/copied';
import { importWorker } from '@worker-auth/calls/settings/peers';

export interface Presented {
  /** Its API key; `undefined` without one. */
  readonly token?: string | undefined;
  /** Of its client certificate, where certificates rotate. */
  readonly fingerprint?: string | undefined;
}

/** Opens connections like the one that has it among its plugins: Temporal's native connection does not keep how it was opened. */
export class ConnectionFactory implements NativeConnectionPlugin {
  readonly name = '@worker-auth/temporal-auth/connection-factory';
  /** `host:port`. */
  readonly address: string | undefined;
  readonly presented: Presented;
  readonly #options: NativeConnectionOptions;

  /** @param options as they were before the certificate and the token were added, with the plugin that adds them */
  constructor(options: NativeConnectionOptions, presented: Presented) {
    this.address = options.address;
    this.#options = options;
    this.presented = presented;
  }

  /** The one of a connection; `undefined` for a connection that was opened without it. */
  static of({ plugins = [] }: Pick<NativeConnectionOptions, 'plugins'>): ConnectionFactory | undefined {
    return plugins.find((plugin) => plugin instanceof ConnectionFactory);
  }

  /** Opens another one, with the newest token and certificate; throws what `NativeConnection.connect` throws. */
  open(): Promise<NativeConnection> {
    return connectNative(this.#options);
  }
}

export async function connectNative(options: NativeConnectionOptions): Promise<NativeConnection> {
  // Programs without workers load no native code.
  const { NativeConnection } = await importWorker();
  return NativeConnection.connect(options);
}

/** Waits for a connection within a deadline; one that comes later is closed, since Core cannot be stopped. */
export async function inTime(
  opening: Promise<NativeConnection>,
  bounds: DeadlineOptions,
): Promise<NativeConnection> {
  try {
    return await withDeadline(() => opening, bounds);
  } catch (error) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}

/** Options of a native connection that knows how to open another one like it. The same when they are given once more. */
export function withFactory(
  options: NativeConnectionOptions,
  plugin: NativeConnectionPlugin,
  presented: Presented,
): NativeConnectionOptions {
  const { plugins = [] } = options;
  if (ConnectionFactory.of(options)) return options;
  const again = { ...copied(options), plugins: [...new Set([...plugins, plugin])] };
  return { ...options, plugins: [...plugins, new ConnectionFactory(again, presented)] };
}
