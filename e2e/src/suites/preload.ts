// Loaded before each process of a suite for TypeScript. Points Temporal's SDK to our servers. With a client, each connection gets the plugin,
// and each worker that is made without a connection.
import type * as Client from '@temporalio/client';
import type * as Testing from '@temporalio/testing';
import type * as Worker from '@temporalio/worker';
import type * as Ours from '@worker-auth/temporal-auth';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** What a process of a suite for TypeScript gets in the variable `SUITE_SETTINGS`, as JSON. */
export interface PreloadSettings {
  /** Of the server that is used in place of `localhost:7233`. */
  readonly address: string;
  /** The Temporal CLI, whose dev servers take the place of downloaded ones. */
  readonly cli: string;
  /** Whether `address` checks tokens, and takes the place of those dev servers too. */
  readonly isOnly: boolean;
  /** Without it there is no plugin. */
  readonly client?: OAuthClient;
}

/** Who gets the tokens of a lane. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  readonly tokenUrl: string;
}

const settings = process.env['SUITE_SETTINGS'];
// The process that forks the tests needs none.
if (isMainThread && process.send !== undefined && settings !== undefined)
  pointToServers(JSON.parse(settings) as PreloadSettings);

function pointToServers({ address, cli, isOnly, client }: PreloadSettings): void {
  const load = createRequire(join(process.cwd(), 'package.json'));
  const { Connection } = load('@temporalio/client') as typeof Client;
  const { NativeConnection, Worker: Workers } = load('@temporalio/worker') as typeof Worker;
  const { TestWorkflowEnvironment: Environment } = load('@temporalio/testing') as typeof Testing;
  const auth = client && pluginOf(client);

  function pluginOf(credentials: OAuthClient): Ours.TemporalAuthPlugin {
    const { clientSecret, temporalAuth } = load('@worker-auth/temporal-auth') as typeof Ours;
    const [host = '', port] = address.split(':');
    return temporalAuth({ credentials: clientSecret(credentials), host, port: Number(port) });
  }

  function withAuth<T extends { readonly plugins?: readonly unknown[] }>(options: T): T {
    const { plugins = [] } = options;
    return auth === undefined || plugins.includes(auth)
      ? options
      : { ...options, plugins: [...plugins, auth] };
  }

  const lazy = Connection.lazy.bind(Connection);
  Connection.lazy = (options) => lazy(withAuth({ address, ...options }));
  const connect = NativeConnection.connect.bind(NativeConnection);
  NativeConnection.connect = async (options) => {
    await auth?.ready();
    return await connect(withAuth({ address, ...options }));
  };
  const create = Workers.create.bind(Workers);
  Workers.create = (options) => create(options.connection === undefined ? withAuth(options) : options);
  const createLocal = Environment.createLocal.bind(Environment);
  Environment.createLocal = ({ server, ...options } = {}) =>
    isOnly
      ? Environment.createFromExistingServer({ ...options, address, namespace: 'default' })
      : createLocal({
          ...options,
          server: { ...server, executable: { type: 'existing-path', path: cli } },
        });
}
